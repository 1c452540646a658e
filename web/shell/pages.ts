import { lazy, type ComponentType } from 'react'
import type { WebCatalogue } from '../../src/i18n/web/catalogue.ts'
import type { Session } from '../../src/server/contract/session.ts'
import { TracePage } from '../page/trace/trace-page.tsx'
import type { PageProps } from './page-props.ts'

/** One page: its name in the address, its name for people, and its code: but for the first, loaded when it is first shown. */
export interface Page {
  readonly name: keyof WebCatalogue['shell']['pages']
  readonly view: ComponentType<PageProps>
  /** Not in every session; absent: always. */
  readonly when?: (session: Session) => boolean
}

/** In the order of the menu; the first is shown when the address names none. A new page is registered here. */
const pages: readonly Page[] = [
  {
    name: 'trace',
    view: TracePage,
  },
  {
    name: 'cluster',
    view: lazy(async () => ({ default: (await import('../page/cluster/cluster-page.tsx')).ClusterPage })),
  },
  {
    name: 'tables',
    view: lazy(async () => ({ default: (await import('../page/tables/tables-page.tsx')).TablesPage })),
  },
  {
    name: 'lab',
    view: lazy(async () => ({ default: (await import('../page/lab/lab-page.tsx')).LabPage })),
    when: ({ mayChange }) => mayChange,
  },
  {
    name: 'runs',
    view: lazy(async () => ({ default: (await import('../page/runs/runs-page.tsx')).RunsPage })),
  },
]

/** The pages that a session has. */
export const pagesOf = (session: Session): readonly Page[] =>
  pages.filter(({ when }) => when?.(session) ?? true)
