import type { Steps } from '../../edge/breath.ts'
import { isIp4 } from '../../model/address/address.ts'
import type { KubernetesObjects } from '../../model/fabric/kubernetes.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { stackName } from '../../model/stack/stack-id.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { addressesIn, spanOfPrefix, type Named } from './address-words.ts'
import { identitiesOf, type ClassMember, type Identity } from './identities.ts'
import { bearableOf, liveRules } from './live-chains.ts'
import type { Line } from './line.ts'
import { macWord, selectorOf, signed } from './signs.ts'
import { isStrange } from './strange.ts'
import {
  deviceWords,
  labelKeys,
  labelText,
  linkText,
  neighboursOf,
  neighbourText,
  nftLines,
  ownText,
  podText,
} from './texts.ts'

export interface ClassSource {
  readonly fabric: Fabric
  /** Null: policies have no say. */
  readonly objects: KubernetesObjects | null
}

/** What a line was found to be of. */
type Owner = Identity | 'nobody' | 'several'

/** What every member is told apart by, as text. */
export class Keys {
  readonly #source: ClassSource
  readonly #protocol: number
  readonly #members: readonly ClassMember[]
  readonly #alone = new Set<number>()
  readonly #parts: string[][]
  readonly #labels: string[][]
  readonly #identities: readonly (Identity | null)[]
  /** Sorted, with the members that have them. */
  readonly #addresses: Float64Array
  readonly #byAddress: ReadonlyMap<number, number>
  readonly #byDevice: ReadonlyMap<string, Identity>
  readonly #byMac: ReadonlyMap<string, Identity>
  readonly #named = new Map<string, readonly Named[]>()
  readonly #divided = new Set<string>()
  readonly #patterns = new Set<string>()

  constructor(source: ClassSource, members: readonly ClassMember[], protocol: number) {
    this.#source = source
    this.#members = members
    this.#protocol = protocol
    this.#parts = members.map(() => [])
    this.#labels = members.map(() => [])
    const byAddress = new Map<number, number>()
    for (const [index, { address }] of members.entries()) {
      const other = byAddress.get(address)
      if (other === undefined) byAddress.set(address, index)
      else {
        this.#alone.add(index)
        this.#alone.add(other)
      }
    }
    this.#byAddress = byAddress
    this.#addresses = Float64Array.from(byAddress.keys()).sort()
    const { of, byDevice, byMac, clashing } = identitiesOf(source.fabric, members)
    this.#identities = of
    this.#byDevice = byDevice
    this.#byMac = byMac
    for (const index of clashing) this.#alone.add(index)
  }

  /** Null: alone. */
  *all(
    others: readonly number[],
  ): Steps<{ readonly ways: readonly (string | null)[]; readonly labels: readonly (string | null)[] }> {
    const { fabric, objects } = this.#source
    for (const stack of fabric.stacks) {
      if (isStrange(stack)) {
        const all = this.#members.map(() => null)
        return { ways: all, labels: all }
      }
      yield
    }
    const bearable = yield* bearableOf(fabric, this.#members, others, (text) => this.#spans(text))
    const live = yield* liveRules(fabric.stacks, this.#protocol, bearable)
    for (const stack of fabric.stacks) {
      this.#readStack(stack, live.get(stack) ?? [])
      yield
    }
    this.#readVpc()
    if (objects !== null) this.#readObjects(objects)
    this.#readPatterns()
    const ways: (string | null)[] = []
    for (const [index, identity] of this.#identities.entries()) {
      ways.push(
        identity === null || this.#alone.has(index)
          ? null
          : [identity.node, this.#textOf(identity), ...(this.#parts[index] ?? [])].join('\n'),
      )
      yield
    }
    return { ways, labels: ways.map((way, index) => way && (this.#labels[index] ?? []).join('\n')) }
  }

  #spans(text: string): readonly Named[] {
    const known = this.#named.get(text)
    if (known !== undefined) return known
    const found = addressesIn(text)
    this.#named.set(text, found)
    return found
  }

  /** The members from the first address on that is not below `first`. */
  #from(first: number): number {
    let low = 0
    let high = this.#addresses.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#addresses[middle] ?? 0) < first) low = middle + 1
      else high = middle
    }
    return low
  }

  /** A prefix that holds some and not others divides them. Returns the one that it holds alone. */
  #divide({ first, last }: NonNullable<Named>): number | null {
    const from = this.#from(first)
    const until = this.#from(last + 1)
    if (until - from === 1 && first === last) return this.#byAddress.get(first) ?? null
    if (until === from || until - from === this.#addresses.length) return null
    const name = `${first}-${last}`
    if (this.#divided.has(name)) return null
    this.#divided.add(name)
    for (const member of this.#within(from, until)) this.#parts[member]?.push(name)
    return null
  }

  *#within(from: number, until: number): Generator<number> {
    for (let at = from; at < until; at++) {
      const member = this.#byAddress.get(this.#addresses[at] ?? -1)
      if (member !== undefined) yield member
    }
  }

  /** Whose line is it? Devices are those of `stack`; of its own pod it is no news. */
  #ownerOf(stack: NetworkStack, text: string, devices: readonly (string | null)[]): Owner {
    let owner: Identity | 'nobody' | 'several' = 'nobody'
    const found: number[] = []
    for (const span of this.#spans(text)) {
      if (span === null) continue
      const one = this.#divide(span)
      if (one !== null) found.push(one)
    }
    const note = (identity: Identity): void => {
      if (identity.pod === stack || owner === identity) return
      if (owner !== 'nobody') {
        if (owner !== 'several') this.#alone.add(owner.index)
        this.#alone.add(identity.index)
        owner = 'several'
      } else owner = identity
    }
    for (const index of found) {
      const identity = this.#identities[index]
      if (identity === null || identity === undefined) this.#alone.add(index)
      else note(identity)
    }
    for (const device of devices) {
      const identity = device === null ? undefined : this.#byDevice.get(`${stack.id} ${device}`)
      if (identity !== undefined) note(identity)
    }
    if (text.includes(':'))
      for (const [mac] of text.matchAll(macWord)) {
        const identity = this.#byMac.get(mac.toLowerCase())
        if (identity !== undefined) note(identity)
      }
    return owner
  }

  /**
   * Lines of one list. Where their order decides, an own line is known by its place among nobody's lines, and among those of
   * others that a packet may match as well: lines by one's source never match together, nor do those by one's destination.
   */
  #readLines(stack: NetworkStack, isOrdered: boolean, lines: Iterable<Line>): void {
    const segments = new Map<string, { count: number; kind: string }>()
    for (const { place, text, devices, not } of lines) {
      for (const device of devices)
        if (device !== null && /[+*]$/.test(device)) this.#patterns.add(`${stack.id} ${device}`)
      const owner = this.#ownerOf(stack, text, devices)
      const segment = segments.get(place) ?? { count: 0, kind: '' }
      segments.set(place, segment)
      if (owner === 'nobody' || owner === 'several') {
        segment.count++
        segment.kind = ''
        continue
      }
      // What holds for everybody but one is no line of its own alone.
      if (not === true) this.#alone.add(owner.index)
      const own = signed(owner, text)
      const kind = selectorOf(owner, text) ?? own
      if (segment.kind !== kind) segment.count++
      segment.kind = kind
      this.#parts[owner.index]?.push(`${stack.id} ${place} ${isOrdered ? segment.count : ''} ${own}`)
    }
  }

  #readStack(stack: NetworkStack, live: readonly { place: string; rule: { line: string } }[]): void {
    const { links, rules, routes, sets, nft, sysctls } = stack
    this.#readLines(
      stack,
      false,
      links.map((link) => ({
        place: 'link',
        text: linkText(link),
        devices: [link.name, link.master],
      })),
    )
    this.#readLines(
      stack,
      true,
      (rules ?? []).map((rule) => ({
        place: 'rule',
        text: rule.line,
        devices: [rule.iif, rule.oif],
        not: rule.not,
      })),
    )
    this.#readLines(
      stack,
      true,
      routes.map((route) => ({
        // Prefixes of one length do not meet, so that other pods' routes between two lines do not matter.
        place: `route ${route.table}`,
        text: route.line,
        devices: route.nextHops.map(({ device }) => device),
      })),
    )
    this.#readLines(
      stack,
      false,
      neighboursOf(stack).map((one) => ({
        place: 'neighbour',
        text: neighbourText(one),
        devices: [one.device],
      })),
    )
    this.#readLines(
      stack,
      true,
      live.map(({ place, rule }) => ({
        place,
        text: rule.line,
        devices: deviceWords(rule.line),
        not: / ! /.test(rule.line),
      })),
    )
    for (const set of sets ?? [])
      this.#readLines(
        stack,
        false,
        set.entries.map((entry) => ({
          place: `set ${set.name}`,
          text: entry.line,
          devices: entry.parts,
          not: entry.noMatch,
        })),
      )
    for (const table of nft ?? [])
      this.#readLines(
        stack,
        true,
        nftLines(table).map(({ place, text }) => ({
          place,
          text,
          devices: [...text.matchAll(/"([^"]+)"/g)].map(([, one = '']) => one),
          not: text.includes('"!="'),
        })),
      )
    for (const [name, value] of sysctls ?? []) this.#readSysctl(stack, name, value)
  }

  #readSysctl(stack: NetworkStack, name: string, value: string): void {
    const device = /^net\.ipv4\.conf\.([^.]+)\./.exec(name)?.[1]
    if (device === undefined) return
    const identity = this.#byDevice.get(`${stack.id} ${device.replaceAll('/', '.')}`)
    if (identity !== undefined)
      this.#parts[identity.index]?.push(`${name.replace(device, '<device>')}=${value}`)
  }

  /** Of the pod's own stack: everything. */
  #textOf(identity: Identity): string {
    return signed({ ...identity, outside: '' }, ownText(identity.pod))
  }

  #readVpc(): void {
    const { vpc } = this.#source.fabric
    if (vpc === null) return
    for (const eni of vpc.interfaces) {
      for (const { address, primary, publicAddress } of eni.addresses) {
        if (!isIp4(address)) continue
        const index = this.#byAddress.get(address)
        if (index === undefined) continue
        if (publicAddress !== null) this.#alone.add(index)
        this.#parts[index]?.push(`${eni.id} ${primary}`)
      }
    }
    const { interfaces, ...rest } = vpc
    this.#dividePrefixes([rest, interfaces.map(({ prefixes }) => prefixes)])
  }

  /** Every prefix of a structure divides; one that is a pod's alone leaves the pod alone. */
  #dividePrefixes(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const one of value) this.#dividePrefixes(one)
      return
    }
    if ('address' in value && 'length' in value) {
      const { address, length } = value
      if (typeof address === 'number' && typeof length === 'number') {
        const one = this.#divide(spanOfPrefix(address, length))
        if (one !== null) this.#alone.add(one)
        return
      }
    }
    for (const one of Object.values(value)) {
      if (typeof one === 'number') {
        const index = this.#byAddress.get(one)
        if (index !== undefined) this.#alone.add(index)
      } else this.#dividePrefixes(one)
    }
  }

  #readObjects(objects: KubernetesObjects): void {
    this.#dividePeers(objects)
    const keys = labelKeys(objects)
    const pods = new Map(objects.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]))
    const holders = new Map<number, number>()
    for (const { addresses, hostNetwork, phase } of objects.pods)
      if (!hostNetwork && phase !== 'Succeeded' && phase !== 'Failed')
        for (const address of addresses)
          if (isIp4(address)) holders.set(address, (holders.get(address) ?? 0) + 1)
    for (const [index, { stack, address }] of this.#members.entries()) {
      const pod = pods.get(stackName(stack))
      if (pod === undefined) {
        this.#parts[index]?.push('no such pod')
        if (holders.has(address)) this.#alone.add(index)
        continue
      }
      // An address that the API tells of somebody else, or does not tell, is not what this scheme speaks of.
      if (holders.get(address) !== 1 || !pod.addresses.some((one) => one === address)) this.#alone.add(index)
      this.#parts[index]?.push(podText(pod))
      if (objects.networkPolicies.length > 0) this.#labels[index]?.push(labelText(pod, keys))
      // The agent always allows what comes from the pod's own node.
      for (const host of pod.hostAddresses) {
        const other = isIp4(host) ? this.#byAddress.get(host) : undefined
        if (other !== undefined) this.#alone.add(other)
      }
    }
    for (const service of objects.services)
      for (const address of [...service.clusterAddresses, ...service.externalAddresses]) {
        const index = isIp4(address) ? this.#byAddress.get(address) : undefined
        if (index !== undefined) this.#alone.add(index)
      }
  }

  /** The addresses that policies let in or out. */
  #dividePeers({ networkPolicies }: KubernetesObjects): void {
    const divided = new Set<string>()
    for (const { ingress, egress } of networkPolicies)
      for (const { peers } of [...ingress, ...egress])
        for (const peer of peers) {
          if (peer.kind !== 'ipBlock') continue
          for (const { address, length } of [peer.cidr, ...peer.except]) {
            const name = `${address}/${length}`
            if (!isIp4(address) || divided.has(name)) continue
            divided.add(name)
            const { first, last } = spanOfPrefix(address, length)
            for (const member of this.#within(this.#from(first), this.#from(last + 1)))
              this.#labels[member]?.push(name)
          }
        }
  }

  /** `-i eni+`: which patterns a device fits into. */
  #readPatterns(): void {
    for (const pattern of this.#patterns) {
      const [stack = '', device = ''] = pattern.split(' ', 2)
      const start = device.slice(0, -1)
      for (const identity of this.#identities)
        if (identity?.node === stack && identity.outside.startsWith(start))
          this.#parts[identity.index]?.push(`device ${device}`)
    }
  }
}
