/** nftables' `snat`, `dnat`, `masquerade` and `redirect`, compiled. */
import type { Statement } from './compiled-statement.ts'
import { compileOperand } from './nft-operand.ts'
import { compileElements } from './nft-set.ts'
import { type Members, isMembers } from './nft-words.ts'
import { type Manip, type NatRange, setUp } from '../nat.ts'
import { maybe, no, yes } from '../predicate.ts'
import { masqueradeAddress, redirectAddress } from '../target.ts'
import { type Ip, parseIp } from '../../../model/address/address.ts'
import { type Prefix, parsePrefix } from '../../../model/address/prefix.ts'
import type { NftTable, NftValue } from '../../../model/stack/nft.ts'
import type { Run } from '../../compiled/fabric.ts'

export function compileNat(
  name: 'snat' | 'dnat' | 'masquerade' | 'redirect',
  body: NftValue,
  table: NftTable,
): Statement | null {
  const members: Members = isMembers(body) ? body : {}
  const flags = (
    Array.isArray(members['flags']) ? members['flags'] : [members['flags'] ?? '']
  ) as readonly NftValue[]
  if (flags.includes('netmap')) return null
  const random = flags.includes('random') || flags.includes('fully-random')
  const persistent = flags.includes('persistent')
  const ports = portsOf(members['port'])
  if (ports === undefined) return null
  const manip: Manip = name === 'snat' || name === 'masquerade' ? 'source' : 'destination'
  const addr = members['addr']
  if (isMembers(addr) && isMembers(addr['map'])) {
    const key = compileOperand(addr['map']['key'] ?? null)
    const found = key && compileElements(addr['map']['data'] ?? null, key.kinds, table, targetIn)
    if (key === null || found === null) return null
    return {
      kind: 'nat',
      apply: (run, by) => {
        const { answer: matching, value } = found.find(run, key.read(run))
        if (matching === no || (matching === yes && value === null)) return 'no-match'
        if (value === null || matching === maybe) return 'unknown'
        const { connection } = run
        if (connection === null) return true
        const { addresses, ports: own } = value
        setUp(
          run,
          connection,
          manip,
          { low: addresses[0], high: addresses[1], ports: own ?? ports, random, persistent },
          by,
        )
        return true
      },
    }
  }
  const fixed = members['addr'] === undefined ? null : addressesOf(members['addr'])
  if (fixed === undefined || ((name === 'snat' || name === 'dnat') && fixed === null && ports === null))
    return null
  const rangeFor = (run: Run): NatRange | null => {
    if (fixed !== null) return { low: fixed[0], high: fixed[1], ports, random, persistent }
    const address =
      name === 'masquerade'
        ? masqueradeAddress(run)
        : name === 'redirect'
          ? redirectAddress(run, typeof run.packet.dst === 'number' ? 4 : 6)
          : manip === 'source'
            ? run.packet.src
            : run.packet.dst
    return address === null ? null : { low: address, high: address, ports, random }
  }
  return {
    kind: 'nat',
    apply: (run, by) => {
      const { connection } = run
      if (connection === null) return true
      const range = rangeFor(run)
      if (range === null) return false
      setUp(run, connection, manip, range, by)
      return true
    },
  }
}

interface NatTarget {
  readonly addresses: readonly [Ip, Ip]
  /** Null: the map names no port. */
  readonly ports: readonly [number, number] | null
}

/** What a map of addresses gives: `10.0.0.1`, or `10.0.0.1 . 80`. Null: not understood. */
function targetIn(value: NftValue): NatTarget | null {
  const parts =
    isMembers(value) && Array.isArray(value['concat']) ? (value['concat'] as readonly NftValue[]) : [value]
  const addresses = addressesOf(parts[0] ?? null)
  const ports = portsOf(parts[1])
  return addresses === undefined || ports === undefined || parts.length > 2 ? null : { addresses, ports }
}

/** Undefined: not understood. */
function portsOf(value: NftValue | undefined): readonly [number, number] | null | undefined {
  if (value === undefined) return null
  if (typeof value === 'number') return [value, value]
  if (!isMembers(value) || !Array.isArray(value['range'])) return undefined
  const [low, high] = value['range'] as readonly NftValue[]
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : undefined
}

const lastOf = ({ address, length }: Prefix): Ip =>
  typeof address === 'number'
    ? (((address | (length === 32 ? 0 : 0xffffffff >>> length)) >>> 0) as Ip)
    : ((address | ((1n << BigInt(128 - length)) - 1n)) as Ip)

function addressesOf(value: NftValue): readonly [Ip, Ip] | undefined {
  if (typeof value === 'string') {
    const address = parseIp(value)
    return address === undefined ? undefined : [address, address]
  }
  if (isMembers(value) && isMembers(value['prefix'])) {
    const prefix = parsePrefix(`${String(value['prefix']['addr'])}/${String(value['prefix']['len'])}`)
    return prefix && [prefix.address, lastOf(prefix)]
  }
  if (!isMembers(value) || !Array.isArray(value['range'])) return undefined
  const [low, high] = (value['range'] as readonly NftValue[]).map((end) =>
    typeof end === 'string' ? parseIp(end) : undefined,
  )
  return low !== undefined && high !== undefined ? [low, high] : undefined
}
