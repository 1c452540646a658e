import { createContext, useContext } from 'react'
import type { Catalogue } from '../../src/i18n/catalogue.ts'
import { en } from '../../src/i18n/en/catalogue.ts'
import { web } from '../../src/i18n/en/web/catalogue.ts'
import type { Language } from '../../src/i18n/language.ts'
import type { WebCatalogue } from '../../src/i18n/web/catalogue.ts'

/** Every sentence of the page, and those of reports and figures, in the reader's language. */
export interface Words {
  readonly language: Language
  readonly web: WebCatalogue
  readonly all: Catalogue
}

const english: Words = { language: 'en', web, all: en }
const read = new Map<Language, Words>()

/** A reader wants one language, and the first page waits for no other. */
const readers: { readonly [L in Exclude<Language, 'en'>]: () => Promise<Words> } = {
  ko: async () => (await import('./korean.ts')).korean,
}

/** Reads the words of a language, which `wordsOf` has from then on. */
export async function readWords(language: Language): Promise<void> {
  if (language !== 'en' && !read.has(language)) read.set(language, await readers[language]())
}

/** English, where nobody read that language. */
export const wordsOf = (language: Language): Words => read.get(language) ?? english

export const WordsContext = createContext<Words>(english)

export const useWords = (): Words => useContext(WordsContext)
