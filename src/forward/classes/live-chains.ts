/**
 * Which chains of iptables a packet of the asked-for kind can come to, whatever its addresses among those that it may bear. What
 * no packet comes to tells no two pods apart: kube-proxy has a chain for each endpoint of each service, and a packet to a pod
 * meets none of them.
 */
import type { Steps } from '../../edge/breath.ts'
import type { Ip } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { FilterRule, RuleChain, RuleTable, Ruleset } from '../../model/stack/ruleset.ts'
import { TCP, UDP } from '../../model/packet/packet.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { ClassMember } from './identities.ts'
import { nftLines } from './texts.ts'
import { addressesIn, type AddressSpan, type Named } from './address-words.ts'

/** The addresses that a packet may bear. Grows as rules are found that give it others. */
export class Bearable {
  readonly #addresses = new Set<number>()
  #sorted: Float64Array = new Float64Array()
  #spans: AddressSpan[] = []

  /** @returns whether it was not among them */
  add({ first, last }: AddressSpan): boolean {
    if (
      this.meets({ first, last }) &&
      (first === last || this.#spans.some((s) => s.first <= first && s.last >= last))
    )
      return false
    if (first === last) this.#addresses.add(first)
    else this.#spans.push({ first, last })
    return true
  }

  /** To be called after some were added, before `meets`. */
  settle(): void {
    this.#sorted = Float64Array.from(this.#addresses).sort()
  }

  meets({ first, last }: AddressSpan): boolean {
    if (this.#spans.some((span) => span.first <= last && span.last >= first)) return true
    if (first === last) return this.#addresses.has(first)
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sorted[middle] ?? 0) < first) low = middle + 1
      else high = middle
    }
    return (this.#sorted[low] ?? Infinity) <= last
  }
}

/** What the ends, the links and whatever rewrites packets in nft and the VPC have. */
export function* bearableOf(
  { stacks, vpc }: Fabric,
  members: readonly ClassMember[],
  others: readonly number[],
  spansOf: (text: string) => readonly Named[],
): Steps<Bearable> {
  const bearable = new Bearable()
  const add = (address: Ip | number): void => {
    if (typeof address === 'number') bearable.add({ first: address, last: address })
  }
  for (const { address } of members) add(address)
  for (const address of others) add(address)
  for (const { links } of stacks)
    for (const { addresses } of links) for (const { address } of addresses) add(address)
  for (const { nft } of stacks) {
    for (const table of nft ?? [])
      for (const { text } of nftLines(table))
        for (const span of spansOf(text)) if (span !== null) bearable.add(span)
    yield
  }
  for (const { privateAddress } of vpc?.natGateways ?? []) add(privateAddress)
  return bearable
}

/** The rules of a stack's chains that a packet can come to, and which of them can match it. */
export interface LiveRule {
  readonly place: string
  readonly rule: FilterRule
}

/**
 * Finds the live rules of every stack, and what addresses packets may bear.
 * @param bearable those that the ends and the links have
 */
export function* liveRules(
  stacks: readonly NetworkStack[],
  protocol: number,
  bearable: Bearable,
): Steps<ReadonlyMap<NetworkStack, readonly LiveRule[]>> {
  const named = new Map<string, readonly Named[]>()
  const spansOf = (text: string): readonly Named[] => {
    const known = named.get(text)
    if (known !== undefined) return known
    const found = addressesIn(text)
    named.set(text, found)
    return found
  }
  for (;;) {
    bearable.settle()
    const found = new Map<NetworkStack, readonly LiveRule[]>()
    let grown = false
    for (const stack of stacks) {
      yield
      const live = (stack.iptables ?? []).flatMap((ruleset) => liveOf(ruleset, protocol, bearable, spansOf))
      found.set(stack, live)
      for (const { rule } of live)
        if (rule.target !== null && translates.has(rule.target.name))
          for (const span of spansOf(rule.line)) if (span !== null && bearable.add(span)) grown = true
    }
    if (!grown) return found
  }
}

const translates: ReadonlySet<string> = new Set(['DNAT', 'SNAT', 'NETMAP', 'TPROXY'])

function liveOf(
  { backend, tables }: Ruleset,
  protocol: number,
  bearable: Bearable,
  spansOf: (text: string) => readonly Named[],
): readonly LiveRule[] {
  return tables.flatMap((table) => {
    const chains = new Map(table.chains.map((chain) => [chain.name, chain]))
    const seen = new Set<string>()
    const queue = table.chains.filter(isBase)
    const live: LiveRule[] = []
    for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) {
      if (seen.has(chain.name)) continue
      seen.add(chain.name)
      for (const rule of chain.rules) {
        if (!mayMatch(rule, protocol, bearable, spansOf)) continue
        live.push({ place: placeOf(backend, table, chain), rule })
        const next = rule.target === null ? undefined : chains.get(rule.target.name)
        if (next !== undefined) queue.push(next)
      }
    }
    return live
  })
}

const isBase = (chain: RuleChain): boolean => chain.policy !== null

const placeOf = (backend: string, table: RuleTable, chain: RuleChain): string =>
  `${backend} ${table.name} ${chain.name}`

/** False only where it surely does not: by a protocol of ports that is another, or an address that no packet bears. */
function mayMatch(
  rule: FilterRule,
  protocol: number,
  bearable: Bearable,
  spansOf: (text: string) => readonly Named[],
): boolean {
  if (rule.problem !== null) return true
  for (const { module, options } of rule.matches) {
    if (module !== '') continue
    for (const { not, name, values } of options) {
      if (not) continue
      const [value = ''] = values
      if (name === '-p') {
        const number = withPorts.get(value)
        if (number !== undefined && number !== protocol) return false
      } else if (name === '-d' || name === '-s') {
        const spans = spansOf(value)
        if (spans.length > 0 && spans.every((span) => span !== null && !bearable.meets(span))) return false
      }
    }
  }
  return true
}

const withPorts: ReadonlyMap<string, number> = new Map([
  ['tcp', TCP],
  ['udp', UDP],
  ['6', TCP],
  ['17', UDP],
  ['sctp', 132],
  ['132', 132],
])
