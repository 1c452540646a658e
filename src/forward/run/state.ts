/** A run's state as text: whatever it does from here on depends on nothing else, so that equal texts have equal futures. */
import type { Connection, Tuple } from './connection.ts'
import type { Run } from '../compiled/fabric.ts'

const numbers = new WeakMap<object, number>()
let last = 0

/** A number that this object alone has: names may be anything, also each other with a separator between. */
export function numberOf(thing: object): number {
  let number = numbers.get(thing)
  if (number === undefined) numbers.set(thing, (number = ++last))
  return number
}

const tupleText = ({ src, dst, sourcePort, destinationPort }: Readonly<Tuple>): string =>
  `${src}:${sourcePort}>${dst}:${destinationPort}`

const bit = (truth: boolean): 0 | 1 => (truth ? 1 : 0)

/** `sourceBy` and `destinationBy` are for people alone. */
export const connectionText = (connection: Connection): string =>
  [
    connection.protocol,
    tupleText(connection.original),
    tupleText(connection.reply),
    connection.mark,
    bit(connection.sourceNat),
    bit(connection.destinationNat),
    bit(connection.sourceDone),
    bit(connection.destinationDone),
    bit(connection.seenReply),
    String(connection.assured),
    bit(connection.confirmed),
  ].join(' ')

export function stateOf(run: Run): string {
  const { packet, original, routed } = run
  return [
    run.direction,
    run.stack.index,
    run.inLink === null ? 0 : numberOf(run.inLink),
    run.outLink === null ? 0 : numberOf(run.outLink),
    run.gateway ?? '',
    run.routeMtu ?? '',
    JSON.stringify(run.routeLine),
    run.natManip,
    run.uid ?? '',
    run.gid ?? '',
    bit(run.local),
    run.hops,
    JSON.stringify(run.deliveredAt),
    run.tracking,
    bit(run.isReply),
    run.signature,
    run.requestSignature,
    routed === null ? '' : `${routed.mark} ${routed.tos} ${routed.src} ${routed.dst}`,
    // Of what was sent the reply's receiver compares these, and the rest is the flow's own.
    original === null ? '' : `${original.src} ${original.sourcePort} ${original.destinationPort}`,
    packet.src,
    packet.dst,
    packet.protocol,
    packet.ttl,
    packet.sourcePort,
    packet.destinationPort,
    packet.icmpType,
    packet.icmpCode,
    packet.tcpFlags,
    packet.length,
    bit(packet.dontFragment),
    packet.tos,
    packet.mark,
    run.memory,
  ].join(' ')
}
