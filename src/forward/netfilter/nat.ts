/** Address translation: net/netfilter/nf_nat_core.c. The first packet of a connection decides, once each way. */
import { formatIp, type Ip, type Ip4, type Ip6 } from '../../model/address/address.ts'
import { inverse, sameTuple, type Connection, type Tuple } from '../run/connection.ts'
import { hasPorts, isIcmp } from '../run/packet-state.ts'
import { poolAddress } from './pool-address.ts'
import type { Run } from '../compiled/fabric.ts'

/** struct nf_nat_range2 */
export interface NatRange {
  readonly low: Ip
  readonly high: Ip
  /** Null: ports stay, as far as they can. */
  readonly ports: readonly [number, number] | null
  /** `--random` or `--random-fully`: the kernel draws the port. */
  readonly random: boolean
  /** `--persistent`: the same address of a pool for all destinations. */
  readonly persistent?: boolean
  /** The port that becomes the first of `ports`, the next one the second, and so on; absent: they are not shifted. */
  readonly base?: number
  /** NETMAP: the host bits stay. Prefix length of what is replaced. */
  readonly netmap?: number
}

export type Manip = 'source' | 'destination'

/** nf_nat_setup_info: fixes the translation of one kind for the connection. `by`: the line that asked for it. */
export function setUp(
  run: Run,
  connection: Connection,
  manip: Manip,
  range: NatRange | null,
  by: string,
): void {
  if (manip === 'source') connection.sourceDone = true
  else connection.destinationDone = true
  const current = inverse(connection.reply, connection.protocol)
  const wanted =
    range === null
      ? current
      : manip === 'source'
        ? sourceTuple(run, connection, current, range)
        : destinationTuple(run, connection, current, range)
  const changed = unique(run, connection, manip, wanted, range)
  if (sameTuple(current, changed)) return
  connection.reply = inverse(changed, connection.protocol)
  if (manip === 'source') {
    connection.sourceNat = true
    connection.sourceBy = by
  } else {
    connection.destinationNat = true
    connection.destinationBy = by
  }
}

/**
 * nf_nat_l4proto_unique_tuple, where another connection's replies would look the same: a packet that comes round again.
 * A destination keeps its port; an ICMP echo gets the first free identifier, or any at its source end.
 */
function unique(
  run: Run,
  connection: Connection,
  manip: Manip,
  wanted: Tuple,
  range: NatRange | null,
): Tuple {
  const { protocol } = connection
  if (!run.taken(inverse(wanted, protocol), connection)) return wanted
  const ports = range?.ports ?? null
  if (isIcmp(protocol)) {
    if (manip === 'source') return { ...wanted, sourcePort: run.ports.draw(0, 65535) }
    for (let id = 0; id < 1024; id++) {
      const other = { ...wanted, sourcePort: id }
      if (!run.taken(inverse(other, protocol), connection)) return other
    }
  }
  if (!hasPorts(protocol)) return wanted
  if (manip === 'source') {
    const [low, high] = ports ?? [wanted.sourcePort >= 0 && wanted.sourcePort < 1024 ? 1 : 1024, 65535]
    return { ...wanted, sourcePort: run.ports.draw(low, high) }
  }
  if (ports === null) return wanted
  for (let port = ports[0]; port <= Math.min(ports[1], ports[0] + 1024); port++) {
    const other = { ...wanted, destinationPort: port }
    if (!run.taken(inverse(other, protocol), connection)) return other
  }
  return wanted
}

/** One address of the range. */
function pickAddress(range: NatRange, current: Readonly<Tuple>, before: Ip): Ip {
  const { low, high } = range
  if (range.netmap !== undefined) return mapped(low, before, range.netmap)
  return low === high ? low : poolAddress(low, high, current.src, current.dst, range.persistent === true)
}

function mapped(network: Ip, before: Ip, length: number): Ip {
  if (typeof network === 'number' && typeof before === 'number') {
    const hosts = length === 0 ? 0xffffffff : 2 ** (32 - length) - 1
    return (((network & ~hosts) | (before & hosts)) >>> 0) as Ip4
  }
  if (typeof network === 'bigint' && typeof before === 'bigint') {
    const hosts = (1n << BigInt(128 - length)) - 1n
    return ((network & ~hosts) | (before & hosts)) as Ip6
  }
  return network
}

/** nf_nat_l4proto_unique_tuple for SRC: the port stays unless the rule or --random says otherwise. */
function sourceTuple(run: Run, connection: Connection, current: Tuple, range: NatRange): Tuple {
  const src =
    !range.random && range.netmap === undefined && current.src >= range.low && current.src <= range.high
      ? current.src
      : pickAddress(range, current, current.src)
  const port = current.sourcePort
  const changed = { ...current, src }
  const { protocol } = connection
  if (!hasPorts(protocol) && !isIcmp(protocol)) return changed
  if (range.ports !== null) {
    const [low, high] = range.ports
    if (!range.random && run.portIn(port, low, high)) return changed
    return { ...changed, sourcePort: low === high ? low : run.ports.draw(low, high) }
  }
  if (!range.random) return changed
  if (isIcmp(protocol)) return { ...changed, sourcePort: run.ports.draw(0, 65535) }
  // Privileged ports stay privileged.
  if (port >= 0 && port < 512) return { ...changed, sourcePort: run.ports.draw(1, 511) }
  if (port >= 0 && port < 1024) return { ...changed, sourcePort: run.ports.draw(600, 1023) }
  return { ...changed, sourcePort: run.ports.draw(1024, 65535) }
}

function destinationTuple(run: Run, connection: Connection, current: Tuple, range: NatRange): Tuple {
  const dst = pickAddress(range, current, current.dst)
  const changed = { ...current, dst }
  if (range.ports === null || !hasPorts(connection.protocol)) return changed
  const [low, high] = range.ports
  if (range.base !== undefined && current.destinationPort >= 0) {
    const off = (current.destinationPort - range.base + 65536) % 65536
    return { ...changed, destinationPort: low + (off % (high - low + 1)) }
  }
  const inside = run.portIn(current.destinationPort, low, high)
  if (!range.random && inside) return changed
  return { ...changed, destinationPort: low === high || !range.random ? low : run.ports.draw(low, high) }
}

/** nf_nat_packet: rewrites the packet as its connection says, at a hook that may change this end of it. */
export function translate(run: Run, connection: Connection, manip: Manip): void {
  const { packet } = run
  const applies = run.isReply
    ? manip === 'destination'
      ? connection.sourceNat
      : connection.destinationNat
    : manip === 'destination'
      ? connection.destinationNat
      : connection.sourceNat
  if (!applies) return
  const target = run.isReply
    ? inverse(connection.original, connection.protocol)
    : inverse(connection.reply, connection.protocol)
  const by = (manip === 'source') !== run.isReply ? connection.sourceBy : connection.destinationBy
  const icmp = isIcmp(packet.protocol)
  const { src, dst, sourcePort, destinationPort } = packet
  if (manip === 'source') {
    packet.src = target.src
    if (hasPorts(packet.protocol) || icmp) packet.sourcePort = target.sourcePort
  } else {
    packet.dst = target.dst
    if (hasPorts(packet.protocol)) packet.destinationPort = target.destinationPort
    else if (icmp) packet.sourcePort = target.sourcePort
  }
  run.signPacket()
  const { recorder } = run
  if (!recorder) return
  const before = manip === 'source' ? src : dst
  const after = manip === 'source' ? packet.src : packet.dst
  const effect =
    manip === 'source'
      ? before === after
        ? `source port ${portText(sourcePort)} becomes ${portText(packet.sourcePort)}`
        : `source ${formatIp(before)} becomes ${formatIp(after)}`
      : `destination ${endpoint(before, destinationPort, packet.protocol)} becomes ${endpoint(after, packet.destinationPort, packet.protocol)}`
  if (before === after && sourcePort === packet.sourcePort && destinationPort === packet.destinationPort)
    return
  if (run.isReply) recorder.decide('conntrack', by, `${effect}, because the connection was translated`)
  else {
    if (connection.known === null) recorder.decide('nat', by, effect)
    else recorder.decide('conntrack', by, `${effect}, as the connection that exists already has it`)
    if (before !== after)
      recorder.translate({
        at: run.stack.id,
        kind: manip === 'source' ? 'SNAT' : 'DNAT',
        from: formatIp(before),
        to: formatIp(after),
        by,
      })
  }
}

const portText = (port: number): string => (port < 0 ? 'that the kernel picks' : String(port))

const endpoint = (ip: Ip, port: number, protocol: number): string =>
  hasPorts(protocol) && port >= 0 ? `${formatIp(ip)}:${port}` : formatIp(ip)
