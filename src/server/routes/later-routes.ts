import { Hono } from 'hono'
import type { Desk } from '../desk.ts'
import { refuseTheRest } from '../refusal.ts'
import { addLookRoutes } from './look.ts'
import { addRunRoutes } from './runs.ts'
import { addTraceRoutes } from './traces.ts'

/** What needs the engine, the captures and the reports: most of podpath. A new resource is registered here. */
const routes: readonly ((api: Hono, desk: Desk) => void)[] = [addTraceRoutes, addRunRoutes, addLookRoutes]

/** Answers for every path under /api that the first page does not need. */
export function laterRoutes(desk: Desk): Hono {
  const api = new Hono().basePath('/api')
  for (const add of routes) add(api, desk)
  refuseTheRest(api)
  return api
}
