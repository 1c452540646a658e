import type { Hono } from 'hono'
import type { Desk } from '../desk.ts'
import { lookOf } from '../look.ts'
import { addChangeRoutes } from './changes.ts'
import { addClusterRoutes } from './cluster.ts'
import { addTablesRoutes } from './tables.ts'

export function addLookRoutes(api: Hono, desk: Desk): void {
  const look = lookOf(desk)
  addClusterRoutes(api, desk, look)
  addTablesRoutes(api, desk, look)
  addChangeRoutes(api, desk)
}
