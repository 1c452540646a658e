import type { WebClusterSentences } from './web-cluster-sentences.ts'
import type { WebLabSentences } from './web-lab-sentences.ts'
import type { WebShellSentences } from './web-shell-sentences.ts'
import type { WebTablesSentences } from './web-tables-sentences.ts'
import type { WebTraceSentences } from './web-trace-sentences.ts'
import type { WebRunsSentences } from './web-runs-sentences.ts'

/** What `podpath ui` says, a member for each page: apart, because no other command says it. */
export interface WebCatalogue {
  readonly shell: WebShellSentences
  readonly trace: WebTraceSentences
  readonly runs: WebRunsSentences
  readonly cluster: WebClusterSentences
  readonly tables: WebTablesSentences
  readonly lab: WebLabSentences
}
