import type { Hono } from 'hono'
import { suggestEndpoints } from '../../app/endpoint-suggestions.ts'
import type { Endpoints } from '../contract/endpoints.ts'
import type { Desk } from '../desk.ts'

/** Most ends of one kind that a list shows; the others can be typed. */
const most = 5_000

export function addEndpointRoutes(api: Hono, { source, signal }: Desk): void {
  api.get('/endpoints', async (context) => {
    const { from, to } = await suggestEndpoints(source, signal)
    return context.json<Endpoints>({ from: [...from.slice(0, most)], to: [...to.slice(0, most)] })
  })
}
