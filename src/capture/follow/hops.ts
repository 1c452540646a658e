import type { Hop } from '../../model/path/path.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import { isBeyondCapture, type FollowFabric } from './fabric.ts'
import type { Passage } from './input.ts'
import { packetView, viewWith } from './packet.ts'
import type { Visit } from './walk.ts'
import { hopsOut, inferred } from './egress-path.ts'

/** The stays of a packet as hops, with what must lie between them and cannot be captured. */
export function hopsOf(visits: readonly Visit[], fabric: FollowFabric, epoch: bigint): Hop[] {
  return visits.flatMap((visit, i) => {
    const before = visits[i - 1]
    return [...(before ? between(before, visit, fabric) : []), captured(visit, fabric, epoch)]
  })
}

function captured(visit: Visit, fabric: FollowFabric, epoch: bigint): Hop {
  const time = (sighting: Sighting | null): number | null => sighting && Number(sighting.time - epoch)
  return {
    stack: visit.stack,
    in: visit.in?.point.interface ?? null,
    out: visit.out?.point.interface ?? null,
    packetIn: visit.in && packetView(visit.in.packet),
    packetOut: visit.out && packetView(visit.out.packet),
    decisions: [],
    times: { in: time(visit.in), out: time(visit.out) },
    evidence: 'captured',
  }
}

/** The VPC lies between two machines that no known wire joins; a pod hangs on its node alone. */
function between(before: Visit, after: Visit, fabric: FollowFabric): Hop[] {
  const left = before.out
  const came = after.in
  if (!fabric.vpc || !left || !came) return []
  if (stackKind(before.stack) === 'pod' || stackKind(after.stack) === 'pod') return []
  const peer = fabric.peerOf(left.point)
  if (peer && !isBeyondCapture(peer.stack)) return []
  return [inferred(fabric.vpcStack, packetView(left.packet), packetView(came.packet))]
}

/** What lies beyond the last capture, for a packet that was answered from there; `passed` is its way out of the VPC. */
export function beyond(last: Sighting, passed: readonly Passage[], fabric: FollowFabric): Hop[] {
  const view = packetView(last.packet)
  const { destination } = last.packet
  const peer = fabric.peerOf(last.point)
  if (peer && !isBeyondCapture(peer.stack)) return [inferred(peer.stack, view, null)]
  const owner = fabric.ownerOf(destination)
  if (!fabric.vpc) return owner ? [inferred(owner, view, null)] : []
  if (fabric.isInVpc(destination)) {
    const node = owner && stackKind(owner) === 'pod' ? fabric.neighbourOf(owner) : null
    const machine = node ?? owner ?? fabric.serviceAt(destination)
    return [
      inferred(fabric.vpcStack, view, machine ? view : null),
      ...(machine ? [inferred(machine, view, null)] : []),
      ...(node && owner ? [inferred(owner, viewWith(view, {}), null)] : []),
    ]
  }
  return hopsOut(last, passed)
}
