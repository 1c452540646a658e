import type { Decision, Hop, PacketView, Path } from '../model/path/path.ts'
import type { RunResult, TraceResult } from '../model/result/result.ts'

/** One thing that is not the same in two runs. Null on one side: it is not there. */
export interface RunDifference {
  readonly part: 'verdict' | 'way' | 'packet' | 'decision' | 'translation' | 'finding' | 'flow'
  /** Null: of the whole run. */
  readonly flow: string | null
  readonly direction: 'forward' | 'reply' | null
  /** Null: of the whole flow. */
  readonly at: string | null
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/**
 * What differs between two runs, the worst first: verdicts, flows that only one has, ways, packets, deciding lines,
 * rewritings, findings. Ports, times and identifiers that every packet has anew are no difference. Pure.
 */
export function differencesOf(before: RunResult, after: RunResult): readonly RunDifference[] {
  const whole =
    before.verdict === after.verdict
      ? []
      : [difference('verdict', null, null, null, [before.verdict], [after.verdict])]
  const { pairs, onlyBefore, onlyAfter } = pairFlows(before.traces, after.traces)
  return [
    ...whole,
    ...onlyBefore.map((trace) => difference('flow', flowKey(trace), null, null, [flowKey(trace)], [])),
    ...onlyAfter.map((trace) => difference('flow', flowKey(trace), null, null, [], [flowKey(trace)])),
    ...pairs.flatMap(([one, other]) => flowDifferences(one, other)),
    ...findingDifferences(before, after),
  ]
}

const difference = (
  part: RunDifference['part'],
  flow: string | null,
  direction: RunDifference['direction'],
  at: string | null,
  before: readonly string[],
  after: readonly string[],
): RunDifference => ({ part, flow, direction, at, before, after })

/** A flow is the same when its ends have the same names: addresses may have changed between the runs. */
const flowKey = ({ from, to, probe }: TraceResult): string =>
  [
    `${from.name} → ${to.name === '' ? to.address : to.name}`,
    ...(probe === null ? [] : [probe.protocol]),
  ].join(' ')

const endpointsOf = ({ from, to }: TraceResult): string =>
  `${from.name} → ${to.name === '' ? to.address : to.name}`

/** By their ends; two runs of one flow each are compared whatever they are called: that is what was asked for. */
function pairFlows(before: readonly TraceResult[], after: readonly TraceResult[]) {
  const [one] = before
  const [other] = after
  if (before.length === 1 && after.length === 1 && one && other)
    return { pairs: [[one, other] as const], onlyBefore: [], onlyAfter: [] }
  const left = [...after]
  const pairs: (readonly [TraceResult, TraceResult])[] = []
  const onlyBefore: TraceResult[] = []
  for (const trace of before) {
    const found = left.findIndex((candidate) => endpointsOf(candidate) === endpointsOf(trace))
    const [partner] = found < 0 ? [] : left.splice(found, 1)
    if (partner) pairs.push([trace, partner])
    else onlyBefore.push(trace)
  }
  return { pairs, onlyBefore, onlyAfter: left }
}

/** What was seen counts; of a prediction, what was predicted. */
const pathOf = (trace: TraceResult): Path | null => trace.observed ?? trace.predicted

function flowDifferences(before: TraceResult, after: TraceResult): readonly RunDifference[] {
  const flow =
    endpointsOf(before) === endpointsOf(after)
      ? endpointsOf(before)
      : `${endpointsOf(before)} / ${endpointsOf(after)}`
  const one = pathOf(before)
  const other = pathOf(after)
  const verdicts = ([path, trace]: readonly [Path | null, TraceResult]): readonly string[] =>
    path === null
      ? []
      : [
          `${path.verdict}${path.replyVerdict === null ? '' : `, ${path.replyVerdict}`}`,
          ...(path.stoppedAt === null ? [] : [path.stoppedAt]),
          ...(trace.probe === null ? [] : [`${trace.probe.received}/${trace.probe.sent}`]),
        ]
  return [
    ...unlessSame('verdict', flow, null, null, verdicts([one, before]), verdicts([other, after])),
    ...(['forward', 'reply'] as const).flatMap((direction) => [
      ...unlessSame(
        'way',
        flow,
        direction,
        null,
        (one?.[direction] ?? []).map(hopText),
        (other?.[direction] ?? []).map(hopText),
      ),
      ...hopDifferences(flow, direction, one?.[direction] ?? [], other?.[direction] ?? [], before, after),
    ]),
    ...unlessSame(
      'translation',
      flow,
      null,
      null,
      before.translations.map(({ at, kind, from, to, by }) => `${at} ${kind} ${from} → ${to} ${by}`),
      after.translations.map(({ at, kind, from, to, by }) => `${at} ${kind} ${from} → ${to} ${by}`),
    ),
  ]
}

const hopText = ({ stack, in: from, out: to }: Hop): string =>
  `${stack}${from === null && to === null ? '' : ` (${from ?? '·'} → ${to ?? '·'})`}`

function unlessSame(
  part: RunDifference['part'],
  flow: string | null,
  direction: RunDifference['direction'],
  at: string | null,
  before: readonly string[],
  after: readonly string[],
): readonly RunDifference[] {
  return before.length === after.length && before.every((line, i) => line === after[i])
    ? []
    : [difference(part, flow, direction, at, before, after)]
}

/** At the places that both ways have: the packet, and the lines that decided. */
function hopDifferences(
  flow: string,
  direction: 'forward' | 'reply',
  before: readonly Hop[],
  after: readonly Hop[],
  beforeTrace: TraceResult,
  afterTrace: TraceResult,
): readonly RunDifference[] {
  return before.flatMap((hop, i) => {
    const other = after[i]?.stack === hop.stack ? after[i] : after.find(({ stack }) => stack === hop.stack)
    if (!other) return []
    return [
      ...unlessSame('packet', flow, direction, hop.stack, packets(hop), packets(other)),
      ...unlessSame(
        'decision',
        flow,
        direction,
        hop.stack,
        decisionsAt(beforeTrace, direction, hop).map(({ by }) => by),
        decisionsAt(afterTrace, direction, other).map(({ by }) => by),
      ),
    ]
  })
}

/** An observed hop has no lines of its own: those of the same place's prediction explain it. */
function decisionsAt(trace: TraceResult, direction: 'forward' | 'reply', hop: Hop): readonly Decision[] {
  if (hop.decisions.length > 0) return hop.decisions
  return trace.predicted?.[direction].find(({ stack }) => stack === hop.stack)?.decisions ?? []
}

const packets = ({ packetIn, packetOut }: Hop): readonly string[] =>
  [packetIn, packetOut].flatMap((packet) => (packet ? [addresses(packet)] : []))

const addresses = ({ src, dst, protocol }: PacketView): string => `${src} → ${dst} ${protocol}`

function findingDifferences(before: RunResult, after: RunResult): readonly RunDifference[] {
  const text = ({ findings }: RunResult): readonly string[] =>
    findings.map(({ code, at, by }) => `${code} ${at}${by === null ? '' : `: ${by}`}`)
  const one = text(before)
  const other = text(after)
  const gone = one.filter((line) => !other.includes(line))
  const come = other.filter((line) => !one.includes(line))
  return gone.length + come.length === 0 ? [] : [difference('finding', null, null, null, gone, come)]
}
