/** The words of nftables' expressions, as numbers. */
import { parseProtocol } from '../../../model/packet/packet.ts'
import type { NftValue } from '../../../model/stack/nft.ts'
import { statusBits } from '../../run/connection.ts'

/** What kind of thing an operand gives: how the words on the other side are to be read. */
export type Kind =
  | 'number'
  | 'address'
  | 'protocol'
  | 'port'
  | 'interface'
  | 'state'
  /** All of conntrack's bits for a connection, of which the run knows some. */
  | 'status'
  /** Some of them, by a mask, all known. */
  | 'status-bits'
  | 'address-type'
  | 'icmp-type'
  | 'icmpv6-type'
  | 'icmp-code'
  | 'icmpv6-code'
  | 'tcp-flags'
  | 'family'
  | 'direction'

export type Members = { readonly [key: string]: NftValue }
export const isMembers = (value: NftValue | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** ct state as nf_tables has it: bits. */
export const stateBits: Readonly<Record<string, number>> = {
  invalid: 1,
  established: 2,
  related: 4,
  new: 8,
  untracked: 64,
}
const flagBits: Readonly<Record<string, number>> = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ecn: 64,
  cwr: 128,
}
const icmpTypes: Readonly<Record<string, number>> = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
}
/** nft before 1.0.9 prints names for them, whatever the type is (nftables, src/datatype.c: icmp_code_tbl). */
const icmpCodes: Readonly<Record<string, number>> = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'frag-needed': 4,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
}
/** icmpv6_code_tbl */
const icmp6Codes: Readonly<Record<string, number>> = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
}
const icmp6Types: Readonly<Record<string, number>> = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'echo-request': 128,
  'echo-reply': 129,
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'parameter-problem': 4,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'mld-listener-reduction': 132,
  'nd-redirect': 137,
  'router-renumbering': 138,
  'ind-neighbor-solicit': 141,
  'ind-neighbor-advert': 142,
  'mld2-listener-report': 143,
}

export const typeNames: readonly string[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
]

const lookup = (table: Readonly<Record<string, number>>, word: string): number | null =>
  Object.hasOwn(table, word) ? (table[word] ?? null) : null

/** A constant as a number, by the kind of what it is compared with; a list is the or of its words. */
export function numberFrom(value: NftValue, kind: Kind): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (Array.isArray(value)) {
    let bits = 0
    for (const item of value as readonly NftValue[]) {
      const bit = numberFrom(item, kind)
      if (bit === null) return null
      bits |= bit
    }
    return bits
  }
  if (isMembers(value) && Array.isArray(value['|'])) return numberFrom(value['|'], kind)
  if (typeof value !== 'string') return null
  switch (kind) {
    case 'protocol':
      return parseProtocol(value) ?? null
    case 'state':
      return lookup(stateBits, value)
    case 'status':
    case 'status-bits':
      return lookup(statusBits, value)
    case 'tcp-flags':
      return lookup(flagBits, value)
    case 'icmp-type':
      return lookup(icmpTypes, value)
    case 'icmpv6-type':
      return lookup(icmp6Types, value)
    case 'icmp-code':
      return lookup(icmpCodes, value)
    case 'icmpv6-code':
      return lookup(icmp6Codes, value)
    case 'address-type': {
      const index = typeNames.indexOf(value.toUpperCase())
      return index < 0 ? null : index
    }
    case 'family':
      return value === 'ipv4' || value === 'ip' ? 4 : value === 'ipv6' || value === 'ip6' ? 6 : null
    case 'direction':
      return value === 'reply' ? 1 : value === 'original' ? 0 : null
    case 'number':
    case 'port':
      return /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(value) ? Number(value) : null
    case 'address':
    case 'interface':
      return null
  }
}
