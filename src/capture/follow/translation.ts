import { formatIp, type Ip } from '../../model/address/address.ts'
import type { Translation } from '../../model/path/path.ts'
import type { SeenPacket } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { ProbeFlow } from './input.ts'
import { portsOf } from './packet.ts'
import type { Visit } from './walk.ts'
import type { Rewriting } from './egress-path.ts'

/** A rewriting that was seen: between in and out of a stack, or inferred at a gateway of the VPC. */
export interface SeenTranslation extends Omit<Translation, 'by'> {
  readonly evidence: 'captured' | 'inferred'
}

/** What each stack on the way rewrote, in the order of the way. */
export function translationsOf(
  visits: readonly Visit[],
  flow: ProbeFlow | null,
  beyond: readonly Rewriting[],
): SeenTranslation[] {
  const seen = visits.flatMap((visit, i) => {
    if (visit.in && visit.out) return rewritingOf(visit.stack, visit.in.packet, visit.out.packet)
    return i === 0 && visit.out && flow ? atOrigin(visit.stack, flow, visit.out.packet) : []
  })
  return [...seen, ...beyond.map(({ at, from, to }) => translation(at, 'SNAT', from, to, 'inferred'))]
}

/** On the way back: the gateways first, in the opposite order, when the answer came from beyond them. */
export function replyTranslationsOf(
  visits: readonly Visit[],
  beyond: readonly Rewriting[],
): SeenTranslation[] {
  const seen = visits.flatMap((visit) =>
    visit.in && visit.out ? rewritingOf(visit.stack, visit.in.packet, visit.out.packet) : [],
  )
  const undone = [...beyond].reverse()
  return [...undone.map(({ at, from, to }) => translation(at, 'DNAT', to, from, 'inferred')), ...seen]
}

/** What a stack made of a packet between its coming in and its leaving. */
export function rewritingOf(stack: StackId, before: SeenPacket, after: SeenPacket): SeenTranslation[] {
  const hasPorts = before.transport.kind === 'tcp' || before.transport.kind === 'udp'
  const [sourceBefore, destinationBefore] = portsOf(before.transport)
  const [sourceAfter, destinationAfter] = portsOf(after.transport)
  return [
    ...end(
      stack,
      'DNAT',
      before.destination,
      after.destination,
      hasPorts ? [destinationBefore, destinationAfter] : null,
    ),
    ...end(stack, 'SNAT', before.source, after.source, hasPorts ? [sourceBefore, sourceAfter] : null),
  ]
}

/** Ports are named only where nothing but the port changed. */
function end(
  at: StackId,
  kind: 'SNAT' | 'DNAT',
  from: Ip,
  to: Ip,
  ports: readonly [number, number] | null,
): SeenTranslation[] {
  if (from !== to) return [translation(at, kind, from, to, 'captured')]
  if (!ports || ports[0] === ports[1]) return []
  return [
    {
      at,
      kind,
      from: `${formatIp(from)}:${ports[0]}`,
      to: `${formatIp(to)}:${ports[1]}`,
      evidence: 'captured',
    },
  ]
}

/** The prober's own stack translates before its packet is captured: the prober's word stands for the packet in. */
function atOrigin(stack: StackId, flow: ProbeFlow, sent: SeenPacket): SeenTranslation[] {
  return [
    ...end(stack, 'DNAT', flow.destination, sent.destination, null),
    ...(flow.source === null ? [] : end(stack, 'SNAT', flow.source, sent.source, null)),
  ]
}

const translation = (
  at: StackId,
  kind: 'SNAT' | 'DNAT',
  from: Ip,
  to: Ip,
  evidence: SeenTranslation['evidence'],
): SeenTranslation => ({ at, kind, from: formatIp(from), to: formatIp(to), evidence })
