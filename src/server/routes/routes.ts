import type { Hono } from 'hono'
import type { Desk } from '../desk.ts'
import { addEndpointRoutes } from './endpoints.ts'
import { addLookRoutes } from './look.ts'
import { addRunRoutes } from './runs.ts'
import { addSessionRoutes } from './session.ts'
import { addTraceRoutes } from './traces.ts'

/** Every resource under /api, one file each. A new one is registered here. */
export const routes: readonly ((api: Hono, desk: Desk) => void)[] = [
  addSessionRoutes,
  addEndpointRoutes,
  addTraceRoutes,
  addRunRoutes,
  addLookRoutes,
]
