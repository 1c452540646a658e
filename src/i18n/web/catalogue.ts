import type { WebClusterSentences } from './cluster-sentences.ts'
import type { WebLabSentences } from './lab-sentences.ts'
import type { WebShellSentences } from './shell-sentences.ts'
import type { WebTablesSentences } from './tables-sentences.ts'
import type { WebTraceSentences } from './trace-sentences.ts'
import type { WebRunsSentences } from './runs-sentences.ts'

/** What `podpath ui` says, a member for each page: apart, because no other command says it. */
export interface WebCatalogue {
  readonly shell: WebShellSentences
  readonly trace: WebTraceSentences
  readonly runs: WebRunsSentences
  readonly cluster: WebClusterSentences
  readonly tables: WebTablesSentences
  readonly lab: WebLabSentences
}
