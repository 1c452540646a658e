import type { Route } from './route.ts'

export interface PageProps {
  /** Without the page's own name. */
  readonly route: Route
}
