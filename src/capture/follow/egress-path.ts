import { formatIp, type Ip } from '../../model/address/address.ts'
import type { Hop, PacketView } from '../../model/path/path.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { isBeyondCapture, type FollowFabric } from './fabric.ts'
import type { Passage } from './input.ts'
import { packetView, viewWith } from './packet.ts'

/** An address that an element on the way out gave the packet instead of its own. */
export interface Rewriting {
  readonly at: StackId
  readonly from: Ip
  readonly to: Ip
}

/** What a packet passed that left its last capture for somewhere outside the VPC; none where it stayed inside. */
export function passagesOf(last: Sighting, fabric: FollowFabric): readonly Passage[] {
  const peer = fabric.peerOf(last.point)
  const { source, destination } = last.packet
  if (!fabric.vpc || (peer && !isBeyondCapture(peer.stack)) || fabric.isInVpc(destination)) return []
  return fabric.vpc.egressPath(source, destination)
}

export function hopsOut(last: Sighting, passages: readonly Passage[]): Hop[] {
  let view: PacketView | null = packetView(last.packet)
  return passages.map((passage) => {
    const before = view
    view = view && behind(view, passage)
    return inferred(passage.stack, before, view)
  })
}

function behind(view: PacketView, { source, choosesPort }: Passage): PacketView | null {
  if (source === null) return null
  if (formatIp(source) === view.src) return view
  const { sourcePort, ...rest } = viewWith(view, { src: source })
  return sourcePort === undefined || choosesPort === true ? rest : { ...rest, sourcePort }
}

/** In the order of the way out. */
export const rewritingsOf = (source: Ip, passages: readonly Passage[]): readonly Rewriting[] =>
  passages.flatMap(({ stack, source: to }, i) => {
    const from = i === 0 ? source : (passages[i - 1]?.source ?? null)
    return from === null || to === null || from === to ? [] : [{ at: stack, from, to }]
  })

/** The same way back, to the first sighting of the answer. */
export function hopsBack(first: Sighting, out: readonly Hop[]): Hop[] {
  const view = packetView(first.packet)
  const towards = (there: PacketView | null): PacketView | null => there && answerTo(there, view)
  return [...out]
    .reverse()
    .map((hop, i) => inferred(hop.stack, i === 0 ? null : towards(hop.packetOut), towards(hop.packetIn)))
}

/** The answer where the packet was as `there`: for its source, and for its port where that is known. */
function answerTo(there: PacketView, seen: PacketView): PacketView {
  if (there.src === seen.dst) return seen
  const { ttl: _ttl, destinationPort, ...rest } = seen
  const answer = { ...rest, dst: there.src }
  return destinationPort === undefined || there.sourcePort === undefined
    ? answer
    : { ...answer, destinationPort }
}

export const inferred = (stack: StackId, packetIn: PacketView | null, packetOut: PacketView | null): Hop => ({
  stack,
  in: null,
  out: null,
  packetIn,
  packetOut,
  decisions: [],
  evidence: 'inferred',
})
