import type { Path } from '../model/path.ts'
import type { Finding } from '../model/finding.ts'
import type { Experiment, OverallVerdict, RunResult, TraceResult } from '../model/result.ts'

/** What a script may rely on: documented exit statuses. */
export const exitStatus = {
  /** Everything delivered and agreeing. */
  fine: 0,
  /** A packet lost, a disagreement, or no certainty that there is none. */
  findings: 1,
  /** Wrong usage or unreadable input. */
  usage: 2,
  /** No permission, a missing program, a cluster out of reach; a crash. */
  environment: 3,
  /** By Ctrl-C or another signal: 128 and the number of SIGINT, as shells count. */
  interrupted: 130,
} as const
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/**
 * One word for a whole run. A loss outweighs a disagreement, a disagreement outweighs a doubt: the word names the
 * worst that is certain. A statement that could not be decided does not make delivered packets doubtful.
 */
export function overallVerdict(
  traces: readonly TraceResult[],
  experiments: readonly Experiment[],
  findings: readonly Finding[],
): OverallVerdict {
  if (traces.some(isDropped)) return 'dropped'
  const checks = experiments.flatMap((experiment) => experiment.checks)
  if (
    traces.some((trace) => trace.agrees === false) ||
    checks.some((check) => check.state === 'failed') ||
    findings.some((finding) => finding.severity === 'error')
  )
    return 'disagrees'
  if (traces.some(isDoubtful) || (traces.length === 0 && !checks.some((check) => check.state === 'passed')))
    return 'unknown'
  return 'delivered'
}

/** 0 only when everything was delivered and nothing speaks against it. */
export const exitStatusOf = (result: Pick<RunResult, 'verdict' | 'findings'>): ExitStatus =>
  result.verdict === 'delivered' && !result.findings.some((finding) => finding.severity === 'error')
    ? exitStatus.fine
    : exitStatus.findings

/** What was seen counts; what was predicted only where nothing was sent. */
const pathOf = (trace: TraceResult): Path | null => trace.observed ?? trace.predicted

function isDropped(trace: TraceResult): boolean {
  const path = pathOf(trace)
  if (path?.verdict === 'dropped' || path?.replyVerdict === 'dropped') return true
  return trace.probe !== null && trace.probe.sent > 0 && trace.probe.received < trace.probe.sent
}

function isDoubtful(trace: TraceResult): boolean {
  const path = pathOf(trace)
  if (trace.probe?.error !== undefined) return true
  if (!path) return trace.probe === null || trace.probe.received === 0
  return path.verdict === 'unknown' || path.replyVerdict === 'unknown'
}
