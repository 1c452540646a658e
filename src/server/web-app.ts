import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Desk } from './desk.ts'
import { refusal, refuseTheRest } from './refusal.ts'
import { addEndpointRoutes } from './routes/endpoints.ts'
import { addSessionRoutes } from './routes/session.ts'

/** Octets of a request's body: a page asks with a few words. */
const mostBody = 64 * 1024

/** Milliseconds after which the first page is taken to stand. */
const untilIdle = 500

export interface WebApp {
  readonly app: Hono
  /** Begins to read what the first page will ask for. */
  readonly readFirst: () => void
  /** Reads what the first page does not need; done by the first request for it at the latest. */
  readonly readRest: () => Promise<void>
}

/** What the page asks, as a function from request to answer. Who may ask is not looked at here. */
export function createWebApp(desk: Desk): WebApp {
  let reading: Promise<Hono> | null = null
  // A page that stands at once is worth more than one that can trace at once: the engine is read after it.
  const rest = (): Promise<Hono> =>
    (reading ??= import('./routes/later-routes.ts').then(({ laterRoutes }) => laterRoutes(desk)))
  const app = new Hono()
  app.use(
    bodyLimit({
      maxSize: mostBody,
      onError: (context) => refusal(context, 413, 'too-large', 'the request is too long'),
    }),
  )
  const api = new Hono()
  addSessionRoutes(api, desk)
  const readFirst = addEndpointRoutes(api, desk)
  app.use('/api/endpoints', async (_context, next) => {
    await next()
    setTimeout(() => void rest().catch(() => undefined), untilIdle).unref()
  })
  app.route('/api', api)
  app.all('/api/*', async (context) => (await rest()).fetch(context.req.raw, context.env))
  refuseTheRest(app)
  return { app, readFirst, readRest: async () => void (await rest()) }
}
