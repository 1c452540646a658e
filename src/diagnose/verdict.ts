import type { Path } from '../model/path/path.ts'
import type { Finding } from '../model/result/finding.ts'
import { isRefused } from '../model/result/refusal.ts'
import type { Experiment, OverallVerdict, TraceResult } from '../model/result/result.ts'

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
  if (traces.some((trace) => trace.agrees === false) || checks.some((check) => check.state === 'failed'))
    return 'disagrees'
  if (traces.some(isRefused)) return 'refused'
  // A cause of what the tables do not decide makes nothing certain.
  if (traces.some((trace) => trace.probe === null && trace.observed === null && isUncertain(trace)))
    return 'unknown'
  if (findings.some((finding) => finding.severity === 'error')) return 'disagrees'
  if (traces.some(isUncertain) || (traces.length === 0 && !checks.some((check) => check.state === 'passed')))
    return 'unknown'
  return 'delivered'
}

/** What was seen counts; what was predicted only where nothing was sent. */
const pathOf = (trace: TraceResult): Path | null => trace.observed ?? trace.predicted

function isDropped(trace: TraceResult): boolean {
  if (isRefused(trace)) return false
  // What was lost is the question for its name.
  if (trace.probe?.unresolved !== undefined) return true
  const path = pathOf(trace)
  if (path?.verdict === 'dropped' || path?.replyVerdict === 'dropped') return true
  return trace.probe !== null && trace.probe.sent > 0 && trace.probe.received < trace.probe.sent
}

function isUncertain(trace: TraceResult): boolean {
  const path = pathOf(trace)
  if (trace.probe?.error !== undefined) return true
  if (!path) return trace.probe === null || trace.probe.received === 0
  return path.verdict === 'unknown' || path.replyVerdict === 'unknown'
}
