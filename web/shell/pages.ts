import { lazy, type ComponentType } from 'react'
import type { WebCatalogue } from '../../src/i18n/web-catalogue.ts'
import type { Route } from './route.ts'

export interface PageProps {
  /** Without the page's own name. */
  readonly route: Route
}

/** One page: its name in the address, its name for people, and its code, which is loaded when it is first shown. */
export interface Page {
  readonly name: keyof WebCatalogue['shell']['pages']
  readonly view: ComponentType<PageProps>
}

/** In the order of the menu; the first is shown when the address names none. A new page is registered here. */
export const pages: readonly Page[] = [
  {
    name: 'trace',
    view: lazy(async () => ({ default: (await import('../page/trace/trace-page.tsx')).TracePage })),
  },
  {
    name: 'runs',
    view: lazy(async () => ({ default: (await import('../page/runs/runs-page.tsx')).RunsPage })),
  },
]
