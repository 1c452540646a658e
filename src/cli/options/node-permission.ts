import { catalogue } from '../../i18n/catalogues.ts'
import { askYes } from '../process/ask.ts'
import type { Context } from '../process/context.ts'
import type { ProgressLine } from '../output/progress-line.ts'
import { wholeNumber } from './number.ts'
import type { ReachFlags } from './reach.ts'

/** More than the nodes that Kubernetes is tested with (kubernetes.io, "Considerations for large clusters": 5,000). */
const mostNodes = 20_000

/**
 * Whether agents may be made on so many nodes: as `--max-nodes` says; without it a person is asked, and where there is none, not.
 * Throws a UsageError for a `--max-nodes` that is no number.
 */
export function nodePermission(
  context: Context,
  { maxNodes }: ReachFlags,
  line: ProgressLine,
): (nodes: number) => Promise<boolean> {
  if (maxNodes !== undefined) {
    const most = wholeNumber('--max-nodes', maxNodes, 1, mostNodes)
    return (nodes) => Promise.resolve(nodes <= most)
  }
  return async (nodes) => {
    line.clear()
    const { manyNodes } = catalogue(context.language()).command
    return (await askYes(manyNodes(nodes), context.signal)) === true
  }
}
