import { QueryClient, QueryClientProvider, usePrefetchQuery, useQuery } from '@tanstack/react-query'
import { Component, Suspense, useEffect, useMemo, type ReactNode } from 'react'
import { languageOfLocale, type Language } from '../../src/i18n/language.ts'
import type { Session } from '../../src/server/contract/session.ts'
import type { Client } from '../client/client.ts'
import { ConnectionContext, useConnection } from '../client/client-context.ts'
import { Notice } from '../component/notice.tsx'
import { Waiting } from '../component/waiting.tsx'
import { endpointsQuery } from '../page/trace/endpoints-query.ts'
import { Header } from './header.tsx'
import { pagesOf } from './pages.ts'
import { languageOf, usePreferences, useTheme, type Preferences } from './preferences.ts'
import { parseRoute, useHash } from './route.ts'
import { readWords, useWords, wordsOf, WordsContext } from './words.ts'

const queries = new QueryClient({
  // The server is on this machine: what it refuses once it refuses again, and nothing goes stale by looking away.
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, staleTime: 5_000 } },
})

export const App = ({ client }: { readonly client: Client }) => (
  <QueryClientProvider client={queries}>
    <Connected client={client} />
  </QueryClientProvider>
)

function Connected({ client }: { readonly client: Client }) {
  const preferences = usePreferences()
  const theme = useTheme()
  const session = useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => sessionInWords(client, preferences, signal),
    staleTime: Infinity,
  })
  // The first page needs both, and neither waits for the other.
  usePrefetchQuery(endpointsQuery(client))
  const language = session.data ? languageOf(preferences, session.data) : likelyLanguage(preferences)
  const words = wordsOf(language)
  useEffect(() => {
    document.documentElement.lang = language
    document.documentElement.dataset['theme'] = theme
  }, [language, theme])
  const connection = useMemo(
    () => (session.data ? { client, session: session.data } : null),
    [client, session.data],
  )
  return (
    <WordsContext value={words}>
      {connection ? (
        <ConnectionContext value={connection}>
          <Shell />
        </ConnectionContext>
      ) : session.error ? (
        <main className="alone">
          <Notice kind="error" title={words.web.shell.notConnected}>
            {session.error.message}
          </Notice>
        </main>
      ) : null}
    </WordsContext>
  )
}

/** Before the server said anything. */
const likelyLanguage = ({ language }: Preferences): Language =>
  language ?? languageOfLocale(navigator.language)

/** With the words that the page will speak: it does not begin in another language. */
async function sessionInWords(
  client: Client,
  preferences: Preferences,
  signal: AbortSignal,
): Promise<Session> {
  const likely = readWords(likelyLanguage(preferences))
  try {
    const session = await client.session(signal)
    await readWords(languageOf(preferences, session))
    return session
  } finally {
    await likely
  }
}

function Shell() {
  const hash = useHash()
  const route = useMemo(() => parseRoute(hash), [hash])
  const words = useWords()
  const { session } = useConnection()
  const pages = pagesOf(session)
  const page = pages.find(({ name }) => name === route.path[0]) ?? pages[0]
  const name = page?.name
  useEffect(() => {
    if (name) document.title = `${words.web.shell.pages[name]} · podpath`
  }, [name, words])
  const inside = useMemo(() => ({ ...route, path: route.path.slice(1) }), [route])
  if (!page) return null
  return (
    <>
      <a className="skip" href="#main" onClick={skipToMain}>
        {words.web.shell.skip}
      </a>
      <Header current={page.name} />
      <main id="main" tabIndex={-1}>
        <Fallen key={page.name} title={words.web.shell.broken}>
          <Suspense fallback={<Waiting />}>
            <page.view route={inside} />
          </Suspense>
        </Fallen>
      </main>
    </>
  )
}

/** The address belongs to the pages: the link must not change it. */
function skipToMain(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

/** A bug in one page leaves the others alone, and says so. */
class Fallen extends Component<
  { readonly title: string; readonly children: ReactNode },
  { readonly error: Error | null }
> {
  override state: { readonly error: Error | null } = { error: null }
  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error }
  }
  override render(): ReactNode {
    const { error } = this.state
    return error ? (
      <Notice kind="error" title={this.props.title}>
        {error.message}
      </Notice>
    ) : (
      this.props.children
    )
  }
}
