import type { ReportSentences } from '../i18n/sentences/report-sentences.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import type { Check, Endpoint, Experiment, RunResult, TraceResult } from '../model/result/result.ts'

/** The pods of a run, each once, in the order in which they were used. */
export function podsOf(result: RunResult): readonly Endpoint[] {
  const pods = new Map<string, Endpoint>()
  for (const trace of result.traces)
    for (const end of [trace.from, trace.to]) if (end.kind === 'pod') pods.set(end.name, end)
  return [...pods.values()].sort((one, other) =>
    (one.node ?? '').localeCompare(other.node ?? '', 'en', { numeric: true }),
  )
}

/** How many nodes the run touched. */
export function countNodes(result: RunResult): number {
  const nodes = new Set<StackId>()
  for (const trace of result.traces) {
    for (const end of [trace.from, trace.to]) if (end.node !== undefined) nodes.add(`node/${end.node}`)
    for (const hop of [...(trace.observed?.forward ?? []), ...(trace.predicted?.forward ?? [])])
      if (stackKind(hop.stack) === 'node') nodes.add(hop.stack)
  }
  return nodes.size
}

export interface CheckCount {
  readonly all: number
  readonly passed: number
  readonly failed: number
  readonly unknown: number
}

export const countChecks = (checks: readonly Check[]): CheckCount => ({
  all: checks.length,
  passed: checks.filter((check) => check.state === 'passed').length,
  failed: checks.filter((check) => check.state === 'failed').length,
  unknown: checks.filter((check) => check.state === 'unknown').length,
})

/** The traces of an experiment: the one its statements speak of, which is the first, and the others. */
export function tracesOf(
  experiment: Experiment,
  result: RunResult,
): { readonly told: TraceResult | null; readonly others: readonly TraceResult[] } {
  const traces = experiment.traces.flatMap((index) => result.traces[index] ?? [])
  return { told: traces[0] ?? null, others: traces.slice(1) }
}

/** Traces that no experiment claims: what `podpath trace` and `podpath explain` give. */
export function looseTraces(result: RunResult): readonly TraceResult[] {
  const claimed = new Set(result.experiments.flatMap((experiment) => experiment.traces))
  return result.traces.filter((_, index) => !claimed.has(index))
}

/** `pod-to-pod.4a` → `4a`: the number in the tutorial. */
export const numberOf = (check: Check): string => check.id.slice(check.id.lastIndexOf('.') + 1)

/** Did the flow go as it should? Null: nobody can tell. */
export function flowIsGood(trace: TraceResult): boolean | null {
  const path = trace.observed ?? trace.predicted
  if (!path) return trace.probe ? trace.probe.received > 0 && trace.probe.error === undefined : null
  if (path.verdict === 'dropped' || path.replyVerdict === 'dropped' || trace.agrees === false) return false
  if (trace.probe && (trace.probe.received < trace.probe.sent || trace.probe.error !== undefined))
    return false
  return path.verdict === 'unknown' || path.replyVerdict === 'unknown' ? null : true
}

/** What the overall verdict means, in words: of packets that were sent, of one that was only thought of, or of the pairs of a cluster. */
export const verdictMeaning = (result: RunResult, words: ReportSentences): string =>
  result.traces.length === 0 && result.experiments.length === 0
    ? words.pairsMean[result.verdict]
    : result.traces.every((trace) => trace.observed === null && trace.probe === null)
      ? words.predictedMeans[result.verdict]
      : result.verdict === 'delivered' && result.traces.some(({ agrees }) => agrees === null)
        ? words.arrivedUndecided
        : words.verdictMeans[result.verdict]
