import { parseIp, type Ip } from '../model/address/address.ts'
import type { Evidence } from '../model/result/finding.ts'
import type { Link } from '../model/stack/link.ts'
import { parseProtocol } from '../model/packet/packet.ts'
import type { PacketView } from '../model/path/path.ts'
import { contains, isHostPrefix, networkOf } from '../model/address/prefix.ts'
import type { NextHop, Route } from '../model/stack/route.ts'
import type { RuleTable } from '../model/stack/ruleset.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import { stackName, type StackId } from '../model/stack/stack-id.ts'
import { shortNode, type FlowFacts } from './facts.ts'
import { walkNat, type NatOutcome } from '../forward/explain/nat-walk.ts'
import { failed, unknown, type Found } from './outcome.ts'
import { lookUpRoute } from './route-lookup.ts'
import { lineOf } from './sighting.ts'

/** A route that was chosen, and the lines that chose it. */
export interface Chosen {
  readonly route: Route
  readonly hop: NextHop | null
  readonly evidence: readonly Evidence[]
}

export function stackIn(facts: FlowFacts, id: StackId): Found<NetworkStack> {
  const stack = facts.stacks.get(id)
  return stack
    ? { found: stack }
    : { miss: unknown(id, { code: 'not-read', facts: { stack: id, what: 'ip route' } }) }
}

/** Which route a stack takes for the packet; its policy rule stands in the evidence where it is not the default one. */
export function routeOf(
  facts: FlowFacts,
  id: StackId,
  packet: Pick<PacketView, 'src' | 'dst'>,
  iif: string | null,
  mark: number | null,
): Found<Chosen> {
  const { found: stack, miss } = stackIn(facts, id)
  if (miss) return { miss }
  const src = parseIp(packet.src)
  const dst = parseIp(packet.dst)
  if (src === undefined || dst === undefined)
    return { miss: unknown(id, { code: 'no-route', facts: { stack: id, destination: packet.dst } }) }
  const answer = lookUpRoute(stack, { src, dst, iif, mark })
  switch (answer.kind) {
    case 'none':
      return {
        miss: failed(
          id,
          { code: 'no-route', facts: { stack: id, destination: packet.dst } },
          mainRoutes(stack).map((route) => lineOf(id, 'ip route', route.line)),
        ),
      }
    case 'undecided':
      return {
        miss: unknown(id, { code: 'walk-undecided', facts: { line: answer.line, because: answer.because } }, [
          lineOf(id, 'ip rule', answer.line),
        ]),
      }
    case 'route': {
      const usual = answer.rule === null || answer.rule.priority === 32766 || answer.rule.priority === 0
      const rule = answer.rule && !usual ? [lineOf(id, 'ip rule', answer.rule.line)] : []
      return {
        found: {
          route: answer.route,
          hop: answer.hop,
          evidence: [...rule, lineOf(id, 'ip route', answer.route.line)],
        },
      }
    }
  }
}

/** Table main, as `ip route show table main` lists it. */
export const mainRoutes = (stack: NetworkStack): readonly Route[] =>
  stack.routes.filter((route) => route.table === 'main')

export const linkNamed = (stack: NetworkStack | undefined, name: string | null): Link | undefined =>
  stack?.links.find((link) => link.name === name)

export const localAddresses = (stack: NetworkStack): readonly Ip[] =>
  stack.links.flatMap((link) => link.addresses.map((own) => own.address))

/** The first address of the interface's subnet, where the VPC router answers (VPC user guide: subnet base + 1). */
export function vpcRouterOf(stack: NetworkStack, device: string | null): readonly Ip[] {
  return (linkNamed(stack, device)?.addresses ?? []).flatMap(({ address, length }) => {
    const base = networkOf({ address, length })
    // An IPv6 subnet's router is its link-local address, which no prefix tells.
    return typeof base === 'number' ? [(base + 1) as Ip] : []
  })
}

/** Is the destination in a subnet that the interface is in itself? */
export const inOwnSubnet = (stack: NetworkStack, device: string | null, dst: Ip): boolean =>
  (linkNamed(stack, device)?.addresses ?? []).some((own) => contains(own, dst))

/** The host end of a pod's veth pair, as the node's own route for the pod's address names it. */
export function hostEnd(stack: NetworkStack | undefined, podAddress: string): string | null {
  const address = parseIp(podAddress)
  if (address === undefined) return null
  const route = stack?.routes.find((one) => one.type === 'unicast' && isHostPrefix(one.destination, address))
  return route?.nextHops[0]?.device ?? null
}

/** The nat tables of a stack; more than one where both iptables backends hold rules. */
export const natTables = (stack: NetworkStack): readonly RuleTable[] | null =>
  stack.iptables?.flatMap((ruleset) => ruleset.tables.filter((table) => table.name === 'nat')) ?? null

/** What POSTROUTING of the stack does with the first packet of the connection; null: the tables were not read. */
export function postrouting(
  stack: NetworkStack,
  packet: PacketView,
  iif: string | null,
  oif: string | null,
): NatOutcome | null {
  const tables = natTables(stack)
  const src = parseIp(packet.src)
  const dst = parseIp(packet.dst)
  if (!tables || src === undefined || dst === undefined) return null
  const outcomes = tables.map((table) => {
    const before = {
      src,
      dst,
      protocol: parseProtocol(packet.protocol) ?? 0,
      destinationPort: packet.destinationPort ?? null,
      iif,
      oif: null,
      mark: 0,
      connmark: 0,
      local: localAddresses(stack),
    }
    const { mark } = walkNat(table, 'PREROUTING', before)
    return walkNat(table, 'POSTROUTING', { ...before, iif: null, oif, mark })
  })
  return outcomes.find((outcome) => outcome.kind !== 'untouched') ?? outcomes[0] ?? null
}

/**
 * The mark with which the packet's route is looked up: what the nat table's PREROUTING gives a first packet.
 * Null where an nftables chain of the CNI marks (v1.23 and later), or a rule cannot be decided.
 */
export function markAtRouting(stack: NetworkStack, packet: PacketView, iif: string | null): number | null {
  if (stack.nft?.some((table) => table.name === 'aws-cni')) return null
  const src = parseIp(packet.src)
  const dst = parseIp(packet.dst)
  const tables = natTables(stack)
  if (!tables || src === undefined || dst === undefined) return null
  let mark = 0
  for (const table of tables) {
    const outcome = walkNat(table, 'PREROUTING', {
      src,
      dst,
      protocol: parseProtocol(packet.protocol) ?? 0,
      destinationPort: packet.destinationPort ?? null,
      iif,
      oif: null,
      mark,
      connmark: 0,
      local: localAddresses(stack),
    })
    if (outcome.kind === 'undecided') return null
    mark = outcome.mark
  }
  return mark
}

/** `node/ip-192-168-1-138.…` → `ip-192-168-1-138` */
export const nodeLabel = (id: StackId): string => shortNode(stackName(id))
