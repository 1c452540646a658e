import type { Hono } from 'hono'
import type { Desk } from '../desk.ts'
import { addLookRoutes } from './look.ts'
import { addSessionRoutes } from './session.ts'

/** Every resource under /api, one file each. A new one is registered here. */
export const routes: readonly ((api: Hono, desk: Desk) => void)[] = [addSessionRoutes, addLookRoutes]
