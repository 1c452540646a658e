import type { Language } from './language.ts'
import type { WebShellSentences } from './web-shell-sentences.ts'
import { webShell as enShell } from './en/web-shell.ts'
import { webShell as koShell } from './ko/web-shell.ts'

/** What `podpath ui` says, a member for each page: apart, because no other command says it. */
export interface WebCatalogue {
  readonly shell: WebShellSentences
}

const catalogues: { readonly [L in Language]: WebCatalogue } = {
  en: { shell: enShell },
  ko: { shell: koShell },
}

export const webCatalogue = (language: Language): WebCatalogue => catalogues[language]
