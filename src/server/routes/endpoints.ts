import type { Hono } from 'hono'
import { suggestEndpoints } from '../../app/endpoint-suggestions.ts'
import type { Suggestions } from '../../app/suggestions.ts'
import type { Endpoints } from '../contract/endpoints.ts'
import type { Desk } from '../desk.ts'

/** Most ends of one kind that a list shows; the others can be typed. */
const most = 5_000

/** Milliseconds for which what was read before anybody asked is still the truth. */
const fresh = 3_000

/** Returns how to read the ends before the page asks for them: a browser takes longer to start than a cluster to answer. */
export function addEndpointRoutes(api: Hono, { source, signal }: Desk): () => void {
  let early: { readonly at: number; readonly suggestions: Promise<Suggestions> } | null = null
  api.get('/endpoints', async (context) => {
    const known = early !== null && performance.now() - early.at < fresh ? early.suggestions : null
    early = null
    const { from, to } = await (known ?? suggestEndpoints(source, signal))
    return context.json<Endpoints>({ from: [...from.slice(0, most)], to: [...to.slice(0, most)] })
  })
  return () => {
    early = { at: performance.now(), suggestions: suggestEndpoints(source, signal) }
    // Whoever asks will hear of it.
    early.suggestions.catch(() => undefined)
  }
}
