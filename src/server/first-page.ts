import { suggestEndpoints } from '../inventory/suggestions/endpoint-suggestions.ts'
import type { Suggestions } from '../inventory/suggestions/suggestions.ts'
import type { Endpoints } from './contract/endpoints.ts'
import type { Session } from './contract/session.ts'
import type { Desk } from './desk.ts'

/** Most ends of one kind that a list shows; the others can be typed. */
const most = 5_000

/** Milliseconds for which what was read before anybody asked is still the truth. */
const fresh = 3_000

/** Bodies of GET by their paths. */
export type FirstAnswers = ReadonlyMap<string, () => Promise<unknown>>

export interface FirstPage {
  readonly answers: FirstAnswers
  /** Asks the cluster before the page does: a browser takes longer to start than a cluster to answer. */
  readonly readAhead: () => void
}

export interface FirstPageOptions extends Pick<Desk, 'source' | 'signal' | 'mayChange' | 'language'> {
  /** Of podpath itself. */
  readonly version: string
  /** By `--lang`. */
  readonly languageAsked: boolean
}

/** What the page asks while it begins. It needs neither the engine nor a web framework, which take longer to read than these. */
export function firstPage(options: FirstPageOptions): FirstPage {
  const { source, signal, version, mayChange, language, languageAsked } = options
  const session: Session = {
    version,
    source: { kind: source.kind, name: source.name },
    live: source.kind === 'cluster',
    mayChange,
    language,
    languageAsked,
  }
  let early: { readonly at: number; readonly suggestions: Promise<Suggestions> } | null = null
  const endpoints = async (): Promise<Endpoints> => {
    const known = early !== null && performance.now() - early.at < fresh ? early.suggestions : null
    early = null
    const { from, to } = await (known ?? suggestEndpoints(source, signal))
    return { from: from.slice(0, most), to: to.slice(0, most) }
  }
  return {
    answers: new Map<string, () => Promise<unknown>>([
      ['/api/session', () => Promise.resolve(session)],
      ['/api/endpoints', endpoints],
    ]),
    readAhead() {
      early = { at: performance.now(), suggestions: suggestEndpoints(source, signal) }
      // Whoever asks will hear of it.
      early.suggestions.catch(() => undefined)
    },
  }
}
