import { ChangeError } from '../../change/change-error.ts'
import { clean } from '../../edge/clean.ts'
import type { Catalogue } from '../../i18n/catalogue.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { CommandSentences, UsageSentences } from '../../i18n/sentences/command-sentences.ts'
import { LabError, type LabProblem } from '../../lab/daemon/lab-error.ts'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import type { ChangeProblem } from '../../model/result/change-problem.ts'
import { errnoNames, systemReason } from '../../own/system-reason.ts'

/** One line in the reader's language. */
type Say = (words: CommandSentences) => string

/** A mistake in how podpath was called: one line that says what and where. Its message is the English one. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly say: Say
  constructor(say: (usage: UsageSentences, words: CommandSentences) => string, options?: ErrorOptions) {
    const whole: Say = (words) => say(words.usage, words)
    super(whole(catalogue('en').command), options)
    this.say = whole
  }
}

/** What podpath was asked for is right, and this machine does not let it: one line that says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
  readonly say: Say
  constructor(say: Say, options?: ErrorOptions) {
    super(say(catalogue('en').command), options)
    this.say = say
  }
}

/** Codes of errors that are the caller's: a wrong word, an unreadable file. All others are the environment's. */
const callers: ReadonlySet<string> = new Set([
  'unreadable-kubeconfig',
  'no-context',
  'bad-endpoint',
  'bad-filter',
  'no-such-endpoint',
  'too-many-nodes',
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
  'ChangeError',
  'RunError',
  'UsageError',
  'EnvironmentError',
  'OwnError',
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

type LabProblemSentences = {
  readonly [K in LabProblem['kind']]: (facts: Extract<LabProblem, { readonly kind: K }>) => string
}

function labProblemSentence({ lab }: Catalogue, problem: LabProblem): string {
  const sentences: LabProblemSentences = lab.problems
  // The table pairs each kind with its own facts; TypeScript cannot follow that through the union.
  const say = sentences[problem.kind] as (facts: LabProblem) => string
  return say(problem)
}

function changeProblemSentence({ change }: Catalogue, problem: ChangeProblem): string {
  // The table pairs each code with its own facts; TypeScript cannot follow that through the union.
  const say = change.problems[problem.code] as (facts: ChangeProblem) => string
  return say(problem)
}

/** The first line of what an error says, in the reader's language where it has one. */
export function errorSentence(error: unknown, words: Catalogue): string {
  return said(error, words).split('\n')[0] ?? ''
}

function said(error: unknown, words: Catalogue): string {
  if (error instanceof LabError) return labProblemSentence(words, error.problem)
  if (error instanceof ChangeError) return changeProblemSentence(words, error.problem)
  if (error instanceof UsageError || error instanceof EnvironmentError) return error.say(words.command)
  return error instanceof Error ? error.message : String(error)
}

/** What the system says of an error, for a person who knows already where. */
export function systemReasonSentence(error: unknown, { systemReasons }: CommandSentences): string {
  const [code] = errnoNames(error)
  return (code === undefined ? undefined : systemReasons[code]) ?? systemReason(error)
}

/** One line for standard error, and the exit status of the contract. Null: an error of podpath's own. */
export function describeFailure(error: unknown, words: Catalogue): Failure | null {
  if (!(error instanceof Error)) return null
  if (isSystemError(error))
    return { line: `podpath: ${clean(error.message)}`, status: exitStatus.environment }
  if (!expected.has(error.name)) return null
  const line = `podpath: ${clean(errorSentence(error, words))}`
  const code: unknown = 'code' in error ? error.code : undefined
  const isCallers =
    error instanceof UsageError ||
    error instanceof ChangeError ||
    (typeof code === 'string' && callers.has(code))
  const isMachines = error instanceof EnvironmentError || errnoNames(error).some((one) => exhausted.has(one))
  return { line, status: isCallers && !isMachines ? exitStatus.usage : exitStatus.environment }
}

/**
 * The error of a command whose output cannot be written: a wrong path is the caller's, a full disk or a missing right the
 * machine's.
 * @param what what it was for: `--out FILE`
 */
export function unwritable(what: string, cause: unknown): UsageError | EnvironmentError {
  const say: Say = (words) => words.usage.unwritable(what, systemReasonSentence(cause, words))
  return errnoNames(cause).some((code) => closed.has(code))
    ? new EnvironmentError(say, { cause })
    : new UsageError((_, words) => say(words), { cause })
}

const isSystemError = (error: Error): boolean => 'syscall' in error && 'errno' in error
