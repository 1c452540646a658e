import type { Catalogue } from './catalogue.ts'
import { en } from './en/catalogue.ts'
import { ko } from './ko/catalogue.ts'
import type { Language } from './language.ts'

const catalogues: { readonly [L in Language]: Catalogue } = { en, ko }

/** Every sentence podpath says, in this language. */
export const catalogue = (language: Language): Catalogue => catalogues[language]
