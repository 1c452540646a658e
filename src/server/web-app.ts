import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Desk } from './desk.ts'
import { refusal, refuseTheRest } from './refusal.ts'
import { addLookRoutes } from './routes/look.ts'
import { addRunRoutes } from './routes/runs.ts'
import { addTraceRoutes } from './routes/traces.ts'

/** Octets of a request's body: a page asks with a few words. */
const mostBody = 64 * 1024

/** A new resource is registered here. */
const routes: readonly ((api: Hono, desk: Desk) => void)[] = [addTraceRoutes, addRunRoutes, addLookRoutes]

/**
 * What a page asks that stands, as a function from request to answer. Who may ask is not looked at here. It needs the engine, the
 * captures and the reports: most of podpath.
 */
export function createWebApp(desk: Desk): Hono {
  const app = new Hono().basePath('/api')
  app.use(
    bodyLimit({
      maxSize: mostBody,
      onError: (context) => refusal(context, 413, 'too-large', 'the request is too long'),
    }),
  )
  for (const add of routes) add(app, desk)
  refuseTheRest(app)
  return app
}
