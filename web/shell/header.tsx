import { languages } from '../../src/i18n/language.ts'
import { useConnection } from '../client/client-context.ts'
import { Choice } from '../component/choice.tsx'
import { pagesOf, type Page } from './pages.ts'
import { prefer, themes, usePreferences } from './preferences.ts'
import { hrefOf } from './route.ts'
import { readWords, useWords } from './words.ts'

/** The name of a language is written in itself. */
const languageNames = { en: 'English', ko: '한국어' } as const

export function Header({ current }: { readonly current: Page['name'] }) {
  const { language, web } = useWords()
  const { session } = useConnection()
  const { theme } = usePreferences()
  const words = web.shell
  return (
    <header className="top">
      <span className="brand">
        <img src="./icon.svg" alt="" width="22" height="22" />
        podpath
      </span>
      <nav aria-label={words.menu}>
        {pagesOf(session).map(({ name }) => (
          <a key={name} href={hrefOf([name])} aria-current={name === current ? 'page' : undefined}>
            {words.pages[name]}
          </a>
        ))}
      </nav>
      <span className="source" title={words.source(session.source.kind, session.source.name)}>
        <span className="source-kind">{words.sourceKind[session.source.kind]}</span>
        <span className="source-name">{session.source.name}</span>
      </span>
      <Choice
        label={words.language}
        value={language}
        options={languages.map((value) => ({ value, label: languageNames[value] }))}
        onChange={(value) => {
          void readWords(value).then(() => {
            prefer({ language: value })
          })
        }}
      />
      <Choice
        label={words.theme}
        value={theme}
        options={themes.map((value) => ({ value, label: words.themes[value] }))}
        onChange={(value) => {
          prefer({ theme: value })
        }}
      />
    </header>
  )
}
