/** What the targets of iptables do to a packet (iptables-extensions(8)). */
import { ip4Of, parseIp, type Family, type Ip } from '../../model/address/address.ts'
import { parsePrefix } from '../../model/address/prefix.ts'
import type { RuleOption, RuleTarget } from '../../model/stack/ruleset.ts'
import { selectAddress4, selectAddress6 } from '../routing/source-address.ts'
import type { Run } from '../compiled/fabric.ts'
import { setUp, type Manip, type NatRange } from './nat.ts'
import { maskedIn, numberIn } from './predicate.ts'
import { hex } from '../run/hex.ts'

/** `effect`: changes the packet and goes on. `none`: nothing that forwarding depends on. */
export type Act =
  | { readonly kind: 'accept' | 'return' | 'none' }
  | { readonly kind: 'drop'; readonly effect: string }
  | { readonly kind: 'chain'; readonly name: string; readonly goto: boolean }
  | { readonly kind: 'effect'; readonly apply: (run: Run) => string | null }
  /** Fixes a translation; false: there is no address to translate to, and the packet is dropped. */
  | { readonly kind: 'nat'; readonly apply: (run: Run, by: string) => boolean }
  | { readonly kind: 'not-understood'; readonly because: string }

const none: Act = { kind: 'none' }

/** They count, log, copy or mark for tc: the packet goes on as it was. */
const harmless: ReadonlySet<string> = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'TRACE',
  'AUDIT',
  'TCPMSS',
  'CHECKSUM',
  'CLASSIFY',
  'SECMARK',
  'CONNSECMARK',
  'RATEEST',
  'IDLETIMER',
  'LED',
  'TEE',
  'TCPOPTSTRIP',
  'ECN',
])

const understoodNames: ReadonlySet<string> = new Set([
  ...harmless,
  'SET',
  'ACCEPT',
  'DROP',
  'RETURN',
  'REJECT',
  'MARK',
  'CONNMARK',
  'DNAT',
  'SNAT',
  'MASQUERADE',
  'REDIRECT',
  'NETMAP',
  'CT',
  'NOTRACK',
  'TTL',
  'HL',
  'DSCP',
  'TOS',
  'QUEUE',
  'NFQUEUE',
  'TPROXY',
  'SYNPROXY',
  'HMARK',
  'DNPT',
  'SNPT',
  'CLUSTERIP',
])

const value = (options: readonly RuleOption[], ...names: readonly string[]): string | undefined =>
  options.find((option) => names.includes(option.name))?.values[0]
const has = (options: readonly RuleOption[], name: string): boolean =>
  options.some((option) => option.name === name)

/** `chains`: the names of the table's own chains, which shadow no target. */
export function compileTarget(
  target: RuleTarget | null,
  chains: Pick<ReadonlySet<string>, 'has'>,
  family: Family,
): Act {
  if (target === null) return none
  const { name, options } = target
  const unknown = (): Act => ({
    kind: 'not-understood',
    because: `target ${[name, ...options.map((option) => `${option.name} ${option.values.join(' ')}`)].join(' ').trim()}`,
  })
  if (chains.has(name) && !understoodNames.has(name))
    return { kind: 'chain', name, goto: target.kind === 'goto' }
  if (harmless.has(name)) return none
  switch (name) {
    case 'ACCEPT':
      return { kind: 'accept' }
    case 'RETURN':
      return { kind: 'return' }
    case 'DROP':
      return { kind: 'drop', effect: 'dropped, and its sender is not told' }
    case 'REJECT': {
      const how =
        value(options, '--reject-with') ?? (family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable')
      return {
        kind: 'drop',
        effect:
          how === 'tcp-reset' ? 'rejected: the sender gets a TCP reset' : `rejected: the sender gets ${how}`,
      }
    }
    case 'SET':
      // What a set says of the packet's mark is not read.
      return has(options, '--map-mark') ? unknown() : none
    case 'MARK':
      return markTarget(options) ?? unknown()
    case 'CONNMARK':
      return connmarkTarget(options) ?? unknown()
    case 'NOTRACK':
      return { kind: 'effect', apply: untrack }
    case 'CT':
      if (has(options, '--notrack')) return { kind: 'effect', apply: untrack }
      return has(options, '--zone') || has(options, '--zone-orig') || has(options, '--zone-reply')
        ? unknown()
        : none
    case 'TTL':
    case 'HL':
      return ttlTarget(options) ?? unknown()
    case 'DSCP':
    case 'TOS':
      return tosTarget(name, options) ?? unknown()
    case 'SNAT':
    case 'DNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP':
      return natTarget(name, options, family) ?? unknown()
    default:
      return unknown()
  }
}

/** MARK --set-xmark V/M: the bits of M are cleared, then V is xored in. */
function markTarget(options: readonly RuleOption[]): Act | null {
  const set = maskedIn(value(options, '--set-xmark', '--set-mark'))
  if (!set) return null
  // --set-mark V/M of old versions ors V in; for V within M that is the same.
  return {
    kind: 'effect',
    apply: (run) => {
      const before = run.packet.mark
      run.packet.mark = ((before & ~set.mask) ^ set.value) >>> 0
      return run.recorder === null || before === run.packet.mark
        ? null
        : `mark ${hex(before)} becomes ${hex(run.packet.mark)}`
    },
  }
}

/** net/netfilter/xt_connmark.c */
function connmarkTarget(options: readonly RuleOption[]): Act | null {
  const set = maskedIn(value(options, '--set-xmark', '--set-mark'))
  if (set)
    return {
      kind: 'effect',
      apply: ({ connection, recorder }) => {
        if (connection === null) return null
        const before = connection.mark
        connection.mark = ((before & ~set.mask) ^ set.value) >>> 0
        return recorder === null || before === connection.mark
          ? null
          : `connection mark ${hex(before)} becomes ${hex(connection.mark)}`
      },
    }
  const shared = numberIn(value(options, '--mask')) ?? 0xffffffff
  const packetMask = numberIn(value(options, '--nfmask')) ?? shared
  const connectionMask = numberIn(value(options, '--ctmask')) ?? shared
  if (has(options, '--save-mark'))
    return {
      kind: 'effect',
      apply: ({ connection, packet, recorder }) => {
        if (connection === null) return null
        const before = connection.mark
        connection.mark = ((before & ~connectionMask) ^ (packet.mark & packetMask)) >>> 0
        return recorder === null || before === connection.mark
          ? null
          : `connection mark ${hex(before)} becomes ${hex(connection.mark)}`
      },
    }
  if (has(options, '--restore-mark'))
    return {
      kind: 'effect',
      apply: ({ connection, packet, recorder }) => {
        if (connection === null) return null
        const before = packet.mark
        packet.mark = ((before & ~packetMask) ^ (connection.mark & connectionMask)) >>> 0
        return recorder === null || before === packet.mark
          ? null
          : `mark ${hex(before)} becomes ${hex(packet.mark)}, from the connection`
      },
    }
  return null
}

function untrack(run: Run): string | null {
  if (run.connection !== null || run.tracking !== 'none') return null
  run.tracking = 'untracked'
  return 'not tracked by conntrack'
}

function ttlTarget(options: readonly RuleOption[]): Act | null {
  const [option] = options
  const by = numberIn(option?.values[0])
  if (!option || by === undefined) return null
  const change = (read: (ttl: number) => number): Act => ({
    kind: 'effect',
    apply: (run) => {
      const before = run.packet.ttl
      run.packet.ttl = Math.max(0, Math.min(255, read(before)))
      return before === run.packet.ttl ? null : `TTL ${before} becomes ${run.packet.ttl}`
    },
  })
  switch (option.name.replace(/^--(ttl|hl)-/, '')) {
    case 'set':
      return change(() => by)
    case 'inc':
      return change((ttl) => ttl + by)
    case 'dec':
      return change((ttl) => ttl - by)
    default:
      return null
  }
}

function tosTarget(name: 'DSCP' | 'TOS', options: readonly RuleOption[]): Act | null {
  const change = (read: (tos: number) => number): Act => ({
    kind: 'effect',
    apply: (run) => {
      const before = run.packet.tos
      run.packet.tos = read(before) & 0xff
      return before === run.packet.tos ? null : `TOS ${hex(before)} becomes ${hex(run.packet.tos)}`
    },
  })
  if (name === 'DSCP') {
    const dscp = numberIn(value(options, '--set-dscp'))
    return dscp === undefined ? null : change((tos) => (tos & 3) | (dscp << 2))
  }
  const text = value(options, '--set-tos')
  const set = maskedIn(text)
  if (!set) return null
  const mask = text?.includes('/') === true ? set.mask : 0xff
  return change((tos) => (tos & ~mask) ^ set.value)
}

/** `1.2.3.4`, `1.2.3.4-1.2.3.9`, `1.2.3.4:80`, `:80-90`, `[2001:db8::1]:80` */
function rangeOf(text: string, random: boolean, persistent: boolean): NatRange | null | undefined {
  const match =
    /^(?:\[([^\]]+)\]|([^:[\]]*(?::[^\]]*:[^\]]*)?))(?::(\d{1,5})(?:-(\d{1,5}))?(?:\/(\d{1,5}))?)?$/.exec(
      text,
    )
  if (!match) return undefined
  const addresses = match[1] ?? match[2] ?? ''
  const ports: readonly [number, number] | null =
    match[3] === undefined ? null : [Number(match[3]), Number(match[4] ?? match[3])]
  if (addresses === '') return ports === null ? undefined : null
  const [low, high] = addresses.split('-').map((part) => parseIp(part))
  if (low === undefined) return undefined
  const base = match[5] === undefined ? {} : { base: Number(match[5]) }
  return { low, high: high ?? low, ports, random, persistent, ...base }
}

function natTarget(name: string, options: readonly RuleOption[], family: Family): Act | null {
  const random = has(options, '--random') || has(options, '--random-fully')
  const nat = (manip: (run: Run) => Manip, range: (run: Run, manip: Manip) => NatRange | null): Act => ({
    kind: 'nat',
    apply: (run, by) => {
      const { connection } = run
      if (connection === null) return true
      const kind = manip(run)
      const found = range(run, kind)
      if (found === null) return false
      setUp(run, connection, kind, found, by)
      return true
    },
  })
  const source = (): Manip => 'source'
  const destination = (): Manip => 'destination'
  const portsIn = (text: string | undefined): readonly [number, number] | null | undefined => {
    if (text === undefined) return null
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
    return match ? [Number(match[1]), Number(match[2] ?? match[1])] : undefined
  }
  switch (name) {
    case 'SNAT':
    case 'DNAT': {
      const text = value(options, name === 'SNAT' ? '--to-source' : '--to-destination') ?? ''
      if (options.filter((option) => option.name.startsWith('--to-')).length !== 1) return null
      const range = rangeOf(text, random, has(options, '--persistent'))
      if (range === undefined) return null
      if (range !== null) return nat(name === 'SNAT' ? source : destination, () => range)
      const ports = portsIn(text.slice(1))
      if (!ports) return null
      // Ports alone: the address stays.
      return nat(name === 'SNAT' ? source : destination, (run, manip) => {
        const address = manip === 'source' ? run.packet.src : run.packet.dst
        return { low: address, high: address, ports, random }
      })
    }
    case 'MASQUERADE': {
      const ports = portsIn(value(options, '--to-ports'))
      if (ports === undefined) return null
      return nat(source, (run) => {
        const address = masqueradeAddress(run)
        return address === null ? null : { low: address, high: address, ports, random }
      })
    }
    case 'REDIRECT': {
      const ports = portsIn(value(options, '--to-ports'))
      if (ports === undefined) return null
      return nat(destination, (run) => {
        const address = redirectAddress(run, family)
        return address === null ? null : { low: address, high: address, ports, random }
      })
    }
    case 'NETMAP': {
      const prefix = parsePrefix(value(options, '--to') ?? '')
      if (!prefix) return null
      return nat(
        (run) => run.natManip,
        () => ({
          low: prefix.address,
          high: prefix.address,
          ports: null,
          random: false,
          netmap: prefix.length,
        }),
      )
    }
    default:
      return null
  }
}

/** nf_nat_masquerade_ipv4: the out device's address, best in the gateway's subnet. */
export function masqueradeAddress(run: Run): Ip | null {
  if (run.outLink === null) return null
  if (typeof run.packet.dst === 'bigint') return selectAddress6(run.stack, run.outLink, run.packet.dst)
  return selectAddress4(run.stack, run.outLink, run.gateway ?? run.packet.dst, 0)
}

/** nf_nat_redirect_ipv4: this host: loopback for its own packets, else the first address of the in device. */
export function redirectAddress(run: Run, family: Family): Ip | null {
  if (run.inLink === null) return family === 4 ? ip4Of('127.0.0.1') : (parseIp('::1') ?? null)
  const own = run.inLink.link.addresses.find(
    (address) =>
      (typeof address.address === 'number') === (family === 4) && !address.flags.includes('secondary'),
  )
  return own?.address ?? null
}
