/** The left-hand sides of nftables' expressions (libnftables-json(5)): what of a packet is looked at. */
import { parseIp } from '../../../model/address/address.ts'
import { ICMP, ICMPV6, TCP, parseProtocol } from '../../../model/packet/packet.ts'
import type { NftValue } from '../../../model/stack/nft.ts'
import { statusOf } from '../../run/connection.ts'
import { addressType } from '../../routing/local-address.ts'
import { rpfilterMatch } from '../match-state.ts'
import { maybe, yes } from '../predicate.ts'
import { hasPorts } from '../../run/packet-state.ts'
import type { Run } from '../../compiled/fabric.ts'
import { type Kind, type Members, isMembers, numberFrom, typeNames, stateBits } from './nft-words.ts'

/** `unknown`: it cannot be known; null: the packet has no such thing, so the rule does not match. */
export const unknown = Symbol('unknown')
export type Datum = number | bigint | string | typeof unknown | null
export type Data = readonly Datum[]

export interface Operand {
  readonly kinds: readonly Kind[]
  readonly read: (run: Run) => Data
}

const one = (kind: Kind, read: (run: Run) => Datum): Operand => ({
  kinds: [kind],
  read: (run) => [read(run)],
})

/** Null: not understood. */
export function compileOperand(value: NftValue): Operand | null {
  if (!isMembers(value)) return null
  const [name = '', body = null] = Object.entries(value)[0] ?? []
  switch (name) {
    case 'meta':
      return isMembers(body) && typeof body['key'] === 'string' ? metaOperand(body['key']) : null
    case 'payload':
      return isMembers(body) ? payloadOperand(body) : null
    case 'ct':
      return isMembers(body) ? connectionOperand(body) : null
    case 'fib':
      return isMembers(body) ? fibOperand(body) : null
    case 'concat': {
      if (!Array.isArray(body)) return null
      const parts = body.map((item) => compileOperand(item as NftValue))
      const known = parts.filter((part) => part !== null)
      if (known.length !== parts.length) return null
      return {
        kinds: known.flatMap((part) => part.kinds),
        read: (run) => known.flatMap((part) => part.read(run)),
      }
    }
    case 'numgen':
      return isMembers(body) ? numgenOperand(body) : null
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return Array.isArray(body) ? binaryOperand(name, body as readonly NftValue[]) : null
    default:
      return null
  }
}

function metaOperand(key: string): Operand | null {
  switch (key) {
    case 'mark':
      return one('number', (run) => run.packet.mark)
    case 'iifname':
    case 'iif':
      return one('interface', (run) => run.inLink?.name ?? '')
    case 'oifname':
    case 'oif':
      return one('interface', (run) => run.outLink?.name ?? '')
    case 'l4proto':
      return one('protocol', (run) => run.packet.protocol)
    case 'nfproto':
    case 'protocol':
      return one('family', (run) => (typeof run.packet.src === 'number' ? 4 : 6))
    case 'length':
      return one('number', (run) => run.packet.length)
    case 'skuid':
      return one('number', (run) => (run.local ? (run.uid ?? unknown) : null))
    default:
      return null
  }
}

function payloadOperand(body: Members): Operand | null {
  const protocol = body['protocol']
  const field = body['field']
  if (typeof protocol !== 'string' || typeof field !== 'string') return null
  const v4 = (run: Run): boolean => typeof run.packet.src === 'number'
  switch (`${protocol} ${field}`) {
    case 'ip saddr':
      return one('address', (run) => (v4(run) ? run.packet.src : null))
    case 'ip daddr':
      return one('address', (run) => (v4(run) ? run.packet.dst : null))
    case 'ip6 saddr':
      return one('address', (run) => (v4(run) ? null : run.packet.src))
    case 'ip6 daddr':
      return one('address', (run) => (v4(run) ? null : run.packet.dst))
    case 'ip protocol':
      return one('protocol', (run) => (v4(run) ? run.packet.protocol : null))
    case 'ip6 nexthdr':
      return one('protocol', (run) => (v4(run) ? null : run.packet.protocol))
    case 'ip ttl':
      return one('number', (run) => (v4(run) ? run.packet.ttl : null))
    case 'ip6 hoplimit':
      return one('number', (run) => (v4(run) ? null : run.packet.ttl))
    case 'ip length':
      return one('number', (run) => (v4(run) ? run.packet.length : null))
    case 'ip dscp':
    case 'ip6 dscp':
      return one('number', (run) => run.packet.tos >> 2)
    case 'icmp type':
      return one('icmp-type', (run) => (run.packet.protocol === ICMP ? run.packet.icmpType : null))
    case 'icmpv6 type':
      return one('icmpv6-type', (run) => (run.packet.protocol === ICMPV6 ? run.packet.icmpType : null))
    case 'icmp code':
      return one('icmp-code', (run) => (run.packet.protocol === ICMP ? run.packet.icmpCode : null))
    case 'icmpv6 code':
      return one('icmpv6-code', (run) => (run.packet.protocol === ICMPV6 ? run.packet.icmpCode : null))
    case 'tcp flags':
      return one('tcp-flags', (run) => (run.packet.protocol === TCP ? run.packet.tcpFlags : null))
    default: {
      const wanted = protocol === 'th' ? null : parseProtocol(protocol)
      if (wanted === undefined || (field !== 'sport' && field !== 'dport')) return null
      return one('port', ({ packet }) => {
        if (wanted === null ? !hasPorts(packet.protocol) : packet.protocol !== wanted) return null
        return field === 'sport' ? packet.sourcePort : packet.destinationPort
      })
    }
  }
}

function connectionOperand(body: Members): Operand | null {
  const key = body['key']
  const reply = body['dir'] === 'reply'
  if (typeof key !== 'string') return null
  const tuple = (
    kind: Kind,
    read: (tuple: { src: Datum; dst: Datum; sourcePort: number; destinationPort: number }) => Datum,
  ): Operand =>
    one(kind, ({ connection }) =>
      connection === null ? null : read(reply ? connection.reply : connection.original),
    )
  switch (key) {
    case 'state':
      return one('state', (run) => {
        switch (run.tracking) {
          case 'new':
            return stateBits['new'] ?? 0
          case 'established':
            return stateBits['established'] ?? 0
          case 'untracked':
            return stateBits['untracked'] ?? 0
          case 'invalid':
          case 'none':
            return stateBits['invalid'] ?? 0
        }
      })
    case 'mark':
      return one('number', (run) => run.connection?.mark ?? null)
    case 'status':
      // There is always a bit that is not known.
      return one('status', ({ connection }) => (connection === null ? null : unknown))
    case 'direction':
      return one('direction', (run) => (run.connection === null ? null : run.isReply ? 1 : 0))
    case 'saddr':
    case 'ip saddr':
    case 'ip6 saddr':
      return tuple('address', (found) => found.src)
    case 'daddr':
    case 'ip daddr':
    case 'ip6 daddr':
      return tuple('address', (found) => found.dst)
    case 'proto-src':
      return tuple('port', (found) => found.sourcePort)
    case 'proto-dst':
      return tuple('port', (found) => found.destinationPort)
    case 'protocol':
      return one('protocol', (run) => run.connection?.protocol ?? null)
    default:
      return null
  }
}

function fibOperand(body: Members): Operand | null {
  const flags = (Array.isArray(body['flags']) ? body['flags'] : [body['flags']]) as readonly NftValue[]
  if (body['result'] === 'oif') return wayBackOperand(flags)
  if (body['result'] !== 'type') return null
  const source = flags.includes('saddr')
  const byIn = flags.includes('iif')
  const byOut = flags.includes('oif')
  return one('address-type', (run) =>
    typeNames.indexOf(
      addressType(
        run.stack,
        source ? run.packet.src : run.packet.dst,
        byIn ? run.inLink : byOut ? run.outLink : null,
      ),
    ),
  )
}

/** `fib saddr . iif oif missing` (nft_fib_ipv4.c): is there a way back out of where it came in? As a truth; null: another question. */
function wayBackOperand(flags: readonly NftValue[]): Operand | null {
  const known = ['saddr', 'iif', 'mark']
  if (
    !flags.includes('saddr') ||
    !flags.includes('iif') ||
    !flags.every((flag) => known.includes(String(flag)))
  )
    return null
  const options = [{ not: false, name: '--validmark', values: [] }]
  const way = rpfilterMatch({ module: 'rpfilter', options: flags.includes('mark') ? options : [] })
  if (way.kind !== 'predicate') return null
  return one('number', (run) => {
    const found = way.test(run)
    return found === maybe ? unknown : found === yes ? 1 : 0
  })
}

/** Backends of a Service that are told apart: more than any cluster gives one. */
const mostLots = 10_000

function numgenOperand(body: Members): Operand | null {
  const mod = body['mod']
  const offset = typeof body['offset'] === 'number' ? body['offset'] : 0
  if (typeof mod !== 'number' || !Number.isInteger(mod) || mod < 1 || mod > mostLots) return null
  let weights: readonly number[] | null = null
  // `inc` counts packets: for one packet among many it is as good as a draw.
  return one('number', (run) => {
    weights ??= Array<number>(mod).fill(1 / mod)
    return offset + run.pick(weights)
  })
}

/** A mark combined with a constant, or with another operand. */
function binaryOperand(operator: string, parts: readonly NftValue[]): Operand | null {
  const left = compileOperand(parts[0] ?? null)
  if (left === null || left.kinds.length !== 1) return null
  if (left.kinds[0] === 'status') return maskedStatus(operator, parts.slice(1))
  const kind = left.kinds[0] ?? 'number'
  const others: Operand[] = []
  for (const part of parts.slice(1)) {
    const constant =
      kind === 'address' && typeof part === 'string' ? (parseIp(part) ?? null) : numberFrom(part, kind)
    const right = constant === null ? compileOperand(part) : one('number', () => constant)
    if (right === null) return null
    others.push(right)
  }
  const join = (a: Datum, b: Datum): Datum => {
    if (a === unknown || b === unknown) return unknown
    if (typeof a === 'number' && typeof b === 'number') return combine(operator, a, b)
    return typeof a === 'bigint' && typeof b === 'bigint' && operator === '&' ? a & b : null
  }
  return {
    kinds: left.kinds,
    read: (run) => [
      others.reduce<Datum>(
        (value, other) => join(value, other.read(run)[0] ?? null),
        left.read(run)[0] ?? null,
      ),
    ],
  }
}

/** `ct status & (snat|dnat)` */
function maskedStatus(operator: string, parts: readonly NftValue[]): Operand | null {
  const mask = parts.length === 1 ? numberFrom(parts[0] ?? null, 'status') : null
  if (operator !== '&' || mask === null) return null
  return one('status-bits', ({ connection }) => {
    if (connection === null) return null
    const status = statusOf(connection, mask)
    return status.unknown === 0 ? status.set : unknown
  })
}

function combine(operator: string, a: number, b: number): number {
  switch (operator) {
    case '&':
      return (a & b) >>> 0
    case '|':
      return (a | b) >>> 0
    case '^':
      return (a ^ b) >>> 0
    case '<<':
      return (a << b) >>> 0
    default:
      return a >>> b
  }
}
