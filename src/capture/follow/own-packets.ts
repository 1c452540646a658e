import type { SeenPacket, Sighting } from '../../model/packet/sighting.ts'
import type { ProbeMarks } from '../../model/result/probed.ts'
import type { FollowFabric } from './fabric.ts'
import type { ProbeFlow } from './input.ts'
import { isProbe, portsOf } from './packet.ts'

/** The packets that the prober sent, as they were seen leaving its own stack; `sent` is in the order of its clock. */
export function ownPackets(
  sent: readonly Sighting[],
  flow: ProbeFlow,
  fabric: FollowFabric,
): readonly Sighting[] {
  const alike = sent.filter((sighting) => isOfFlow(sighting, flow, fabric))
  const { marks } = flow
  if (!marks) return alike
  const own = alike.filter(({ packet }) => isMarked(packet, marks))
  // A node's own stack may have given the packet another port before it was seen: then nobody can tell by it.
  const unported = { ...marks, sourcePorts: [] }
  const found =
    own.length === 0 && flow.source === null ? alike.filter(({ packet }) => isMarked(packet, unported)) : own
  const ids = new Set(found.map(({ packet }) => packet.id))
  // What follows a first fragment has no mark of its own.
  return alike.filter(
    (sighting) =>
      (sighting.packet.fragmentOffset > 0 && ids.has(sighting.packet.id)) || found.includes(sighting),
  )
}

/** False: it is somebody else's. What was captured too short to be told by is not. */
function isMarked(packet: SeenPacket, { tags, payloadDigest, sourcePorts = [] }: ProbeMarks): boolean {
  const { transport, tag } = packet
  if (packet.fragmentOffset > 0) return false
  if (tags !== undefined && tag !== undefined && !tags.includes(tag)) return false
  if (payloadDigest !== undefined && packet.payloadDigest !== 0 && packet.payloadDigest !== payloadDigest)
    return false
  if (sourcePorts.length === 0 || (transport.kind !== 'tcp' && transport.kind !== 'udp')) return true
  return sourcePorts.some(([first, last]) => transport.sourcePort >= first && transport.sourcePort <= last)
}

function isOfFlow(sighting: Sighting, flow: ProbeFlow, fabric: FollowFabric): boolean {
  const { packet, time, direction } = sighting
  if (direction === 'in' || packet.protocol !== flow.protocol || !isProbe(packet)) return false
  if (time < flow.window.from || time > flow.window.to) return false
  if (flow.source === null ? fabric.holds(flow.from, packet.source) === false : packet.source !== flow.source)
    return false
  const [, destinationPort] = portsOf(packet.transport)
  const hasPort = packet.transport.kind === 'tcp' || packet.transport.kind === 'udp'
  const fits = (port: number | null | undefined): boolean =>
    !hasPort || (port ?? destinationPort) === destinationPort
  if (packet.destination === flow.destination && fits(flow.destinationPort)) return true
  return (flow.backends ?? []).some(({ address, port }) => address === packet.destination && fits(port))
}
