import type { WebCatalogue } from '../web-catalogue.ts'
import { webCluster } from './web-cluster.ts'
import { webLab } from './web-lab.ts'
import { webRuns } from './web-runs.ts'
import { webShell } from './web-shell.ts'
import { webTables } from './web-tables.ts'
import { webTrace } from './web-trace.ts'

/** What the page says, in English. */
export const web: WebCatalogue = {
  shell: webShell,
  trace: webTrace,
  runs: webRuns,
  cluster: webCluster,
  tables: webTables,
  lab: webLab,
}
