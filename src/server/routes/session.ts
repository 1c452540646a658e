import type { Hono } from 'hono'
import type { Session } from '../contract/session.ts'
import type { Desk } from '../desk.ts'

export function addSessionRoutes(api: Hono, desk: Desk): void {
  const { source, version, language, mayChange } = desk
  api.get('/session', (context) =>
    context.json<Session>({
      version,
      source: { kind: source.kind, name: source.name },
      live: source.kind === 'cluster',
      mayChange,
      language,
    }),
  )
}
