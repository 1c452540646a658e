/** What of a fabric's parts can have a say, as texts that are compared. */
import { isIp4 } from '../../model/address/address.ts'
import type { KubernetesObjects, LabelSelector, Pod } from '../../model/fabric/kubernetes.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'

/** Without its index, and addresses of IPv6, by which nothing of IPv4 is decided. */
export const linkText = (link: NetworkStack['links'][number]): string =>
  JSON.stringify([
    link.name,
    link.kind,
    link.type,
    link.flags,
    link.state,
    link.mtu,
    link.mac,
    link.master,
    link.group,
    link.addresses
      .filter(({ address }) => isIp4(address))
      .map(({ line, scope, flags }) => [line, scope, flags]),
  ])

/** Words that may be devices: each word of a rule. */
export const deviceWords = (line: string): readonly string[] => line.split(/[ ,]/)

export function nftLines(
  table: NonNullable<NetworkStack['nft']>[number],
): readonly { place: string; text: string }[] {
  const name = `nft ${table.family} ${table.name}`
  return [
    ...table.chains.flatMap((chain) =>
      chain.rules.map(({ expressions }) => ({
        place: `${name} ${chain.name}`,
        text: textOf(expressions),
      })),
    ),
    ...table.sets.flatMap((set) =>
      set.elements.map((element) => ({ place: `${name} set ${set.name}`, text: textOf(element) })),
    ),
  ]
}

/** nft -j writes prefixes and ranges as objects; here they are words. What was counted decides nothing. */
const textOf = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/\{"prefix":\{"addr":"([\d.]+)","len":(\d+)\}\}/g, '"$1/$2"')
    .replace(/\{"range":\["([\d.]+)","([\d.]+)"\]\}/g, '"$1-$2"')
    .replace(/\{"counter":\{[^}]*\}\}/g, '"counter"')

/** Without those of IPv6, unless a route of IPv4 leads to one. */
export const neighboursOf = ({
  neighbours,
  routes,
}: NetworkStack): NonNullable<NetworkStack['neighbours']> =>
  neighbours === null
    ? []
    : routes.some(({ nextHops }) => nextHops.some(({ via }) => via !== null && !isIp4(via)))
      ? neighbours
      : neighbours.filter(({ address }) => isIp4(address))

/** States by which a neighbour's MAC is known, whatever else they are; `resolve` asks no more. */
const known: ReadonlySet<string> = new Set(['NOARP', 'REACHABLE', 'STALE', 'DELAY', 'PROBE'])

export const neighbourText = ({
  line,
  mac,
  state,
}: NonNullable<NetworkStack['neighbours']>[number]): string =>
  mac !== null && known.has(state) ? line.replace(new RegExp(`\\b${state}\\b`), 'known') : line

/** Everything of a stack that a packet of IPv4 may meet there. */
export function ownText(stack: NetworkStack): string {
  const { links, rules, routes, iptables, nft, sets, sysctls } = stack
  return [
    stack.derived ?? '',
    ...links.map(linkText),
    ...(rules ?? [{ line: 'no rules' }]).map(({ line }) => line),
    ...routes.map(({ table, line }) => `${table} ${line}`),
    stack.neighbours === null ? 'no neighbours' : '',
    ...neighboursOf(stack).map(neighbourText),
    JSON.stringify([
      iptables?.map(({ backend, tables }) => [
        backend,
        tables.map(({ name, chains }) => [
          name,
          chains.map((chain) => [chain.name, chain.policy, chain.rules.map(({ line }) => line)]),
        ]),
      ]) ?? null,
      nft?.map((table) => [
        table.family,
        table.name,
        table.chains.map(({ name, base }) => [name, base]),
        nftLines(table),
      ]) ?? null,
      sets,
      sysctls === null
        ? null
        : [...sysctls].filter(([name]) => !isOfSix(name)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  ].join('\n')
}

/** Of IPv6, or a count that changes from moment to moment and decides nothing. */
const isOfSix = (name: string): boolean =>
  name.startsWith('net.ipv6.') || name === 'net.netfilter.nf_conntrack_count'

/** The keys that any selector of any policy looks at. */
export function labelKeys({ networkPolicies }: KubernetesObjects): ReadonlySet<string> {
  const keys = new Set<string>()
  const note = (selector: LabelSelector | null): void => {
    for (const key of Object.keys(selector?.matchLabels ?? {})) keys.add(key)
    for (const { key } of selector?.matchExpressions ?? []) keys.add(key)
  }
  for (const { podSelector, ingress, egress } of networkPolicies) {
    note(podSelector)
    for (const { peers } of [...ingress, ...egress])
      for (const peer of peers) if (peer.kind === 'pods') note(peer.podSelector)
  }
  return keys
}

/** A pod as whoever answers for its address sees it, labels apart. */
export const podText = ({ hostNetwork, phase, addresses, hostAddresses }: Pod): string =>
  JSON.stringify([hostNetwork, phase, addresses.length, hostAddresses.map(String)])

/** A pod as policies see it. */
export const labelText = ({ namespace, labels, ports }: Pod, keys: ReadonlySet<string>): string =>
  JSON.stringify([
    namespace,
    Object.entries(labels)
      .filter(([key]) => keys.has(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ports.filter(({ name }) => name !== null),
  ])
