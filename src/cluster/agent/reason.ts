import { lastLine, RunError } from '../../exec/run-error.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { printable } from '../../edge/printable.ts'

/**
 * Why something failed, in a few words. What runs through the agent are scripts of some kilobytes: pasted into a
 * message, as a RunError does, they would hide the reason.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof RunError) {
    const { code, exit, output } = error.failure
    return printable(
      `${exit === undefined ? code.replaceAll('-', ' ') : `exited ${exit}`}: ${lastLine(output)}`,
    )
  }
  return printable(error instanceof Error ? error.message : String(error))
}

/** An agent that could not be used, in one line; the RunError with the whole command is its cause. */
export function agentError(where: string, error: unknown): unknown {
  if (!(error instanceof RunError)) return error
  const { code } = error.failure
  const kind = code === 'aborted' || code === 'timeout' ? code : 'agent-lost'
  return new ClusterError(kind, `${where}: ${reasonOf(error)}`, { cause: error })
}
