import { getSystemErrorMap } from 'node:util'
import { clean } from '../edge/clean.ts'
import { exitStatus, type ExitStatus } from '../app/verdict.ts'

/** A mistake in how podpath was called: one line that says what and where. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What podpath was asked for is right, and this machine does not let it: one line that says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
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
  'EnvironmentError',
])

/** What the machine has no more of, whoever asks: the call was right (errno(3)). */
const exhausted: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'ENOSPC',
  'EROFS',
])

/** Why a file cannot be written though its path is right. */
const closed: ReadonlySet<string> = new Set([...exhausted, 'EACCES', 'EPERM', 'EPIPE', 'ETXTBSY'])

export interface Failure {
  /** For standard error, without its end of line. */
  readonly line: string
  readonly status: ExitStatus
}

/** One line for standard error, and the exit status of the contract. Null: an error of podpath's own. */
export function describeFailure(error: unknown): Failure | null {
  if (!(error instanceof Error)) return null
  if (isSystemError(error))
    return { line: `podpath: ${clean(error.message)}`, status: exitStatus.environment }
  if (!expected.has(error.name)) return null
  const line = `podpath: ${clean(error.message.split('\n')[0] ?? '')}`
  const code: unknown = 'code' in error ? error.code : undefined
  const isCallers = error instanceof UsageError || (typeof code === 'string' && callers.has(code))
  const isMachines = error instanceof EnvironmentError || causes(error).some((one) => exhausted.has(one))
  return { line, status: isCallers && !isMachines ? exitStatus.usage : exitStatus.environment }
}

/**
 * The error of a command whose output cannot be written: a wrong path is the caller's, a full disk or a missing right the
 * machine's.
 * @param what what it was for: `--out FILE`
 */
export function unwritable(what: string, cause: unknown): UsageError | EnvironmentError {
  const message = `${what}: ${reasonOf(cause)}`
  return causes(cause).some((code) => closed.has(code))
    ? new EnvironmentError(message, { cause })
    : new UsageError(message, { cause })
}

const phrases: ReadonlyMap<string, string> = new Map(getSystemErrorMap().values())

/** `no space left on device`, for a person who knows the path already. */
export function reasonOf(error: unknown): string {
  const [code] = causes(error)
  return (
    (code === undefined ? undefined : phrases.get(code)) ??
    (error instanceof Error ? error.message : String(error))
  )
}

const isSystemError = (error: Error): boolean => 'syscall' in error && 'errno' in error

/** The errno names of an error and of what caused it, the outermost first. */
function causes(error: unknown): readonly string[] {
  const codes: string[] = []
  for (let at = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string' && phrases.has(at.code)) codes.push(at.code)
  return codes
}
