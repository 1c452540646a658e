import { ko } from '../../src/i18n/ko/catalogue.ts'
import { web } from '../../src/i18n/ko/web/catalogue.ts'

export const korean = { language: 'ko', web, all: ko } as const
