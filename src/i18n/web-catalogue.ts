import type { Language } from './language.ts'
import type { WebClusterSentences } from './web-cluster-sentences.ts'
import type { WebLabSentences } from './web-lab-sentences.ts'
import type { WebShellSentences } from './web-shell-sentences.ts'
import type { WebTablesSentences } from './web-tables-sentences.ts'
import { webCluster as enCluster } from './en/web-cluster.ts'
import { webLab as enLab } from './en/web-lab.ts'
import { webShell as enShell } from './en/web-shell.ts'
import { webTables as enTables } from './en/web-tables.ts'
import { webCluster as koCluster } from './ko/web-cluster.ts'
import { webLab as koLab } from './ko/web-lab.ts'
import { webShell as koShell } from './ko/web-shell.ts'
import { webTables as koTables } from './ko/web-tables.ts'
import type { WebTraceSentences } from './web-trace-sentences.ts'
import type { WebRunsSentences } from './web-runs-sentences.ts'
import { webTrace as enTrace } from './en/web-trace.ts'
import { webRuns as enRuns } from './en/web-runs.ts'
import { webTrace as koTrace } from './ko/web-trace.ts'
import { webRuns as koRuns } from './ko/web-runs.ts'

/** What `podpath ui` says, a member for each page: apart, because no other command says it. */
export interface WebCatalogue {
  readonly shell: WebShellSentences
  readonly trace: WebTraceSentences
  readonly runs: WebRunsSentences
  readonly cluster: WebClusterSentences
  readonly tables: WebTablesSentences
  readonly lab: WebLabSentences
}

const catalogues: { readonly [L in Language]: WebCatalogue } = {
  en: { shell: enShell, trace: enTrace, runs: enRuns, cluster: enCluster, tables: enTables, lab: enLab },
  ko: { shell: koShell, trace: koTrace, runs: koRuns, cluster: koCluster, tables: koTables, lab: koLab },
}

export const webCatalogue = (language: Language): WebCatalogue => catalogues[language]
