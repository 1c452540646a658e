import type { Hop } from '../../model/path/path.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
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

/**
 * The VPC lies between two machines that no known wire joins; a pod hangs on its node alone. A stack at the other end of a wire, where
 * the capture was none or lost packets, was passed as well.
 */
function between(before: Visit, after: Visit, fabric: FollowFabric): Hop[] {
  const left = before.out
  const came = after.in
  if (!left || !came) return []
  const here = unseenBehind(left, before, after, fabric)
  const there = unseenBehind(came, before, after, fabric)
  const [first, last] = [here ?? before.stack, there ?? after.stack]
  const peer = fabric.peerOf(left.point)
  const isWired = here === null && peer !== null && !isBeyondCapture(peer.stack)
  const crossesVpc =
    fabric.vpc !== null &&
    first !== last &&
    !isWired &&
    stackKind(first) !== 'pod' &&
    stackKind(last) !== 'pod'
  const [sent, arrived] = [packetView(left.packet), packetView(came.packet)]
  return [
    ...(here === null ? [] : [inferred(here, sent, here === there ? arrived : null)]),
    ...(crossesVpc
      ? [inferred(fabric.vpcStack, here === null ? sent : null, there === null ? arrived : null)]
      : []),
    ...(there === null || there === here ? [] : [inferred(there, null, arrived)]),
  ]
}

function unseenBehind(sighting: Sighting, before: Visit, after: Visit, fabric: FollowFabric): StackId | null {
  const stack = fabric.peerOf(sighting.point)?.stack ?? null
  if (stack === null || stack === before.stack || stack === after.stack || isBeyondCapture(stack)) return null
  return fabric.isReliable(stack) ? null : stack
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
