import { exitStatus, type ExitStatus } from '../app/verdict.ts'

/** A mistake in how podpath was called: one line that says what and where. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Codes of errors that are the caller's: a wrong word, an unreadable file. All others are the environment's. */
const callers: ReadonlySet<string> = new Set([
  'unreadable-kubeconfig',
  'no-context',
  'bad-endpoint',
  'bad-filter',
  'no-such-endpoint',
  'wrong',
  'running',
  'not-running',
  'not-a-bundle',
  'unreadable',
  'bad-index',
  'bad-file',
  'unsafe-path',
  'too-large',
  'not-empty',
])

/** The errors that carry a code and a message for people; anything else is a bug of ours. */
const expected: ReadonlySet<string> = new Set([
  'ClusterError',
  'LabError',
  'BundleError',
  'RunError',
  'UsageError',
])

/** One line for standard error, and the exit status of the contract. */
export function describeFailure(error: unknown): { readonly line: string; readonly status: ExitStatus } {
  if (!(error instanceof Error)) return { line: `podpath: ${String(error)}`, status: exitStatus.environment }
  const line = `podpath: ${error.message.split('\n')[0] ?? ''}`
  if (error instanceof UsageError) return { line, status: exitStatus.usage }
  if (!expected.has(error.name))
    return {
      line: `podpath: an error of podpath's own; please report it:\n${error.stack ?? error.message}`,
      status: exitStatus.environment,
    }
  const code: unknown = 'code' in error ? error.code : undefined
  return {
    line,
    status: typeof code === 'string' && callers.has(code) ? exitStatus.usage : exitStatus.environment,
  }
}
