import { isBeyondCapture } from '../../capture/follow/fabric.ts'
import type { PredictedPath } from '../../forward/walk/predict.ts'
import type { Hop, Path } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** The first place where what was seen is not what was predicted. */
export type Difference =
  | { readonly kind: 'verdict'; readonly at: StackId }
  | { readonly kind: 'path'; readonly at: StackId }
  | {
      readonly kind: 'addresses'
      readonly at: StackId
      readonly interface: string
      readonly predicted: string
      readonly observed: string
    }

export type Comparison =
  /** `with`: the predicted path that was taken; with chances there may be several. */
  | { readonly kind: 'agrees'; readonly with: PredictedPath }
  /** `closest`: the most probable of those that were predicted. */
  | { readonly kind: 'differs'; readonly closest: PredictedPath; readonly difference: Difference }
  /** One side could not tell: there is nothing to compare. */
  | { readonly kind: 'open'; readonly predicted: PredictedPath | null }

/** The predicted path that comes nearest to what was seen; null: nothing was predicted. */
export function nearestPath(comparison: Comparison): PredictedPath | null {
  switch (comparison.kind) {
    case 'agrees':
      return comparison.with
    case 'differs':
      return comparison.closest
    case 'open':
      return comparison.predicted
  }
}

/**
 * Holds what was seen against every path that was predicted. A path that is chosen by chance agrees when it is one of
 * those that chance may choose. Pure.
 */
export function comparePaths(predicted: readonly PredictedPath[], observed: Path): Comparison {
  const [first] = predicted
  if (!first || observed.verdict === 'unknown') return { kind: 'open', predicted: first ?? null }
  let difference: Difference | null = null
  for (const one of predicted) {
    const other = differenceOf(one, observed)
    if (other === null) return { kind: 'agrees', with: one }
    difference ??= other
  }
  if (predicted.some((one) => one.verdict === 'unknown' || one.replyVerdict === 'unknown'))
    return { kind: 'open', predicted: first }
  return difference ? { kind: 'differs', closest: first, difference } : { kind: 'open', predicted: first }
}

function differenceOf(predicted: PredictedPath, observed: Path): Difference | null {
  const path = predicted.path()
  return (
    verdictDifference(path, observed, predicted.decision?.stage === 'neighbour') ??
    pathDifference(path.forward, observed.forward) ??
    (observed.replyVerdict === 'delivered' ? pathDifference(path.reply, observed.reply) : null)
  )
}

/** `misaddressed`: the frame goes to a MAC address that nobody has. */
function verdictDifference(predicted: Path, observed: Path, misaddressed: boolean): Difference | null {
  const at = observed.stoppedAt ?? predicted.stoppedAt ?? observed.forward.at(-1)?.stack ?? ''
  // A frame for another MAC address is still captured at the other end of the wire, which then ignores it.
  const isIgnored = (hops: readonly Hop[]): boolean =>
    misaddressed && hops.at(-2)?.stack === predicted.stoppedAt
  if (predicted.verdict === observed.verdict) {
    if (predicted.verdict === 'dropped') {
      return predicted.stoppedAt === observed.stoppedAt ||
        isIgnored(observed.forward) ||
        bothUnseen(predicted, observed)
        ? null
        : { kind: 'verdict', at }
    }
    const one = predicted.replyVerdict
    const other = observed.replyVerdict
    if (one === null || other === null || other === 'unknown' || one === other) {
      return one === 'dropped' &&
        other === 'dropped' &&
        predicted.stoppedAt !== observed.stoppedAt &&
        !isIgnored(observed.reply)
        ? { kind: 'verdict', at }
        : null
    }
    return { kind: 'verdict', at }
  }
  // A packet that arrived and was not answered may have been dropped on its way to the socket: nobody saw which.
  return predicted.verdict === 'dropped' &&
    observed.replyVerdict === 'dropped' &&
    predicted.stoppedAt === observed.stoppedAt
    ? null
    : { kind: 'verdict', at }
}

/** Nobody captures inside the VPC or behind it: that the packet got lost there is all that was seen. */
const bothUnseen = (predicted: Path, observed: Path): boolean =>
  [predicted.stoppedAt, observed.stoppedAt].every((at) => at !== null && isBeyondCapture(at))

/** As far as both go: a packet that was lost has no further hops to compare. */
function pathDifference(predicted: readonly Hop[], observed: readonly Hop[]): Difference | null {
  const length = Math.min(predicted.length, observed.length)
  for (let i = 0; i < length; i++) {
    const one = predicted[i]
    const other = observed[i]
    if (!one || !other) break
    if (one.stack !== other.stack) return { kind: 'path', at: other.stack }
    const differs =
      pathOrPacket(one, other, one.in, other.in, one.packetIn, other.packetIn) ??
      pathOrPacket(one, other, one.out, other.out, one.packetOut, other.packetOut)
    if (differs) return differs
  }
  return null
}

function pathOrPacket(
  one: Hop,
  other: Hop,
  predictedInterface: string | null,
  observedInterface: string | null,
  predictedPacket: Hop['packetIn'],
  observedPacket: Hop['packetIn'],
): Difference | null {
  // What nobody could see, or nobody could name, is no difference. The VPC's own elements have no interfaces here.
  if (other.evidence === 'captured' && predictedInterface !== null && observedInterface !== null)
    if (predictedInterface !== observedInterface) return { kind: 'path', at: one.stack }
  if (!predictedPacket || !observedPacket || other.evidence !== 'captured') return null
  const addresses = (packet: { readonly src: string; readonly dst: string }): string =>
    `${packet.src} → ${packet.dst}`
  return addresses(predictedPacket) === addresses(observedPacket)
    ? null
    : {
        kind: 'addresses',
        at: one.stack,
        interface: observedInterface ?? '',
        predicted: addresses(predictedPacket),
        observed: addresses(observedPacket),
      }
}

/** `pod → node → vpc`: a path in one line. */
export const pathText = (hops: readonly Hop[]): string =>
  hops.map((hop) => (hop.out === null ? hop.stack : `${hop.stack} (${hop.out})`)).join(' → ')
