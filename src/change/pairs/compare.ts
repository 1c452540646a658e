/** What becomes of pairs between two states: opened, closed, moved to another path, seen under another address, grouped by why. */
import { isDelivered, isLost } from '../../diagnose/causes/trial.ts'
import type { Flow, PredictedPath, Prediction } from '../../forward/walk/predict.ts'
import { protocolName } from '../../model/packet/packet.ts'
import type { Decision, Hop, Path, Stage } from '../../model/path/path.ts'
import type { ChangedPair, ChangeGroup, ChangeReason, PairChanges } from '../../model/result/change.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** One pair that is looked at, in both states. */
export interface ComparedPair {
  readonly from: string
  readonly to: string
  readonly before: Flow
  readonly after: Flow
}

export type State = 'delivered' | 'lost' | 'unknown'

/** The worst that may happen to a flow. */
export const stateOf = ({ paths }: Prediction): State =>
  paths.some(isLost) ? 'lost' : paths.every(isDelivered) ? 'delivered' : 'unknown'

/** Of a group, in a result; a report for people shows fewer. */
const mostNamed = 2_000

/** Collects pairs one by one, so that whoever predicts may pause between them. */
export class PairComparison {
  readonly #groups: Record<keyof PairChanges, Map<string, Growing>> = {
    opens: new Map(),
    closes: new Map(),
    moves: new Map(),
    readdresses: new Map(),
    undecided: new Map(),
  }

  add(pair: ComparedPair, before: Prediction, after: Prediction): void {
    const found = changeOf(before, after)
    if (found === null) return
    const { kind, why } = found
    const groups = this.#groups[kind]
    const key = `${why.stage ?? ''} ${withoutFlow(why)}`
    const group = groups.get(key) ?? { why, at: new Set<StackId>(), count: 0, pairs: [] }
    // What is said of each flow by its own addresses is said of all of them without these.
    if (group.why.by !== why.by) group.why = { ...why, by: withoutFlow(why), effect: '' }
    groups.set(key, group)
    group.count++
    for (const at of why.at) group.at.add(at)
    if (group.pairs.length < mostNamed) group.pairs.push(pairOf(pair, before, after))
  }

  get result(): PairChanges {
    const sorted = (groups: ReadonlyMap<string, Growing>): readonly ChangeGroup[] =>
      [...groups.values()]
        .toSorted((a, b) => b.count - a.count)
        .map(({ why, at, count, pairs }) => ({ why: { ...why, at: [...at] }, count, pairs }))
    return {
      opens: sorted(this.#groups.opens),
      closes: sorted(this.#groups.closes),
      moves: sorted(this.#groups.moves),
      readdresses: sorted(this.#groups.readdresses),
      undecided: sorted(this.#groups.undecided),
    }
  }
}

/** What is no line of a table, but said of one flow. */
const ofFlow: ReadonlySet<string | null> = new Set<Stage>([
  'network-policy',
  'security-group',
  'gateway',
  'vpc-route',
])

/** What a line says of every flow that it decides, without the addresses of one. */
export const withoutFlow = ({ stage, by }: { readonly stage: string | null; readonly by: string }): string =>
  ofFlow.has(stage)
    ? by.replace(
        /\b(icmp|tcp|udp)( \d+)?(?= from| to)|\b\d{1,3}(\.\d{1,3}){3}\b(?!\/)|\beni-[0-9a-f]+\b/g,
        '…',
      )
    : by

interface Growing {
  why: ChangeReason
  readonly at: Set<StackId>
  count: number
  readonly pairs: ChangedPair[]
}

function changeOf(
  before: Prediction,
  after: Prediction,
): { readonly kind: keyof PairChanges; readonly why: ChangeReason } | null {
  const was = stateOf(before)
  const is = stateOf(after)
  if (was === 'lost' && is === 'lost') return null
  if (was === 'delivered' && is === 'lost') return { kind: 'closes', why: stopOf(after) }
  if (was === 'lost' && is === 'delivered') return { kind: 'opens', why: stopOf(before) }
  if (was === 'unknown' || is === 'unknown') {
    const [one, other] = [stopOf(before), stopOf(after)]
    if (was === is && one.by === other.by) return null
    return { kind: 'undecided', why: is === 'unknown' ? other : one }
  }
  const [one, other] = [before, after].map(pathsText)
  if (one === other) return null
  const kind = sourcesOf(before) === sourcesOf(after) ? 'moves' : 'readdresses'
  return { kind, why: differenceOf(before, after) }
}

/** The line that stops the flow. */
function stopOf({ paths }: Prediction): ChangeReason {
  const failed = paths.find(isLost) ?? paths.find((one) => !isDelivered(one))
  return reasonOf(failed?.stoppedAt ?? null, failed?.decision ?? null)
}

const reasonOf = (at: StackId | null, decision: Decision | null): ChangeReason => ({
  at: at === null ? [] : [at],
  stage: decision?.stage ?? null,
  by: decision?.by ?? '',
  effect: decision?.effect ?? '',
})

/** By what interfaces, with which addresses: what the lines say is not part of it. */
const pathsText = ({ paths }: Prediction): string =>
  paths
    .map((one) => hopsOf(one.path()).map(hopText).join('\n'))
    .toSorted()
    .join('\n\n')

const hopsOf = ({ forward, reply }: Path): readonly Hop[] => [...forward, ...reply]

const hopText = ({ stack, in: from, out, packetOut }: Hop): string =>
  [stack, from, out, packetOut?.src, packetOut?.dst, packetOut?.destinationPort].join(' ')

/** What the receivers see as the source. */
const sourcesOf = ({ paths }: Prediction): string => [...new Set(paths.map(sourceOf))].toSorted().join(' ')

const sourceOf = (predicted: PredictedPath): string => predicted.received().forward?.src ?? ''

/** The first line of the new path that is another than on the old one. */
function differenceOf(before: Prediction, after: Prediction): ChangeReason {
  const old = before.paths.map((one) => hopsOf(one.path()))
  const texts = new Set(old.map((hops) => hops.map(hopText).join('\n')))
  const changed = after.paths
    .map((one) => hopsOf(one.path()))
    .find((hops) => !texts.has(hops.map(hopText).join('\n')))
  const now = changed ?? after.paths.flatMap((one) => hopsOf(one.path()))
  const [was = []] = old
  const known = new Set(was.flatMap(({ stack, decisions }) => decisions.map(({ by }) => `${stack} ${by}`)))
  for (const { stack, decisions } of now)
    for (const decision of decisions)
      if (!known.has(`${stack} ${decision.by}`)) return reasonOf(stack, decision)
  // The new path has nothing that the old one had not: something is not there any more.
  const evaluated = new Set(
    now.flatMap(({ stack, decisions }) => decisions.map(({ by }) => `${stack} ${by}`)),
  )
  for (const { stack, decisions } of was)
    for (const decision of decisions)
      if (!evaluated.has(`${stack} ${decision.by}`)) return reasonOf(stack, decision)
  return reasonOf(null, null)
}

const pairOf = (
  { from, to, after: flow }: ComparedPair,
  before: Prediction,
  after: Prediction,
): ChangedPair => ({
  from,
  to,
  protocol: protocolName(flow.protocol),
  port: flow.destinationPort ?? null,
  sourceBefore: seenSource(before),
  sourceAfter: seenSource(after),
})

const seenSource = (prediction: Prediction): string | null =>
  stateOf(prediction) === 'delivered' ? sourcesOf(prediction) || null : null
