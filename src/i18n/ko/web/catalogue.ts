import type { WebCatalogue } from '../../web/catalogue.ts'
import { webCluster } from './cluster.ts'
import { webLab } from './lab.ts'
import { webRuns } from './runs.ts'
import { webShell } from './shell.ts'
import { webTables } from './tables.ts'
import { webTrace } from './trace.ts'

/** What the page says, in Korean. */
export const web: WebCatalogue = {
  shell: webShell,
  trace: webTrace,
  runs: webRuns,
  cluster: webCluster,
  tables: webTables,
  lab: webLab,
}
