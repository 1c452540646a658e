import { createContext, useContext } from 'react'
import { catalogue, type Catalogue } from '../../src/i18n/catalogue.ts'
import { webCatalogue, type WebCatalogue } from '../../src/i18n/web-catalogue.ts'
import type { Language } from '../../src/i18n/language.ts'

/** Every sentence of the page, and those of reports and figures, in the reader's language. */
export interface Words {
  readonly language: Language
  readonly web: WebCatalogue
  readonly all: Catalogue
}

export const wordsOf = (language: Language): Words => ({
  language,
  web: webCatalogue(language),
  all: catalogue(language),
})

export const WordsContext = createContext<Words>(wordsOf('en'))

export const useWords = (): Words => useContext(WordsContext)
