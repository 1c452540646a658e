import { ko } from '../../src/i18n/ko/catalogue.ts'
import { web } from '../../src/i18n/ko/web.ts'
import type { Words } from './words.ts'

export const korean: Words = { language: 'ko', web, all: ko }
