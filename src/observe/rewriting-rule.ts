import type { SeenTranslation } from '../capture/follow/translation.ts'
import { natGatewayLine } from '../forward/vpc/gateway.ts'
import { formatIp, parseIp } from '../model/address/address.ts'
import type { PacketView, Translation } from '../model/path/path.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import { natGatewayStack, stackKind, type StackId } from '../model/stack/stack-id.ts'
import type { Vpc } from '../model/vpc/vpc.ts'
import { walkNat, type NatPacket } from '../forward/explain/nat-walk.ts'

export interface RewritingContext {
  readonly stacks: ReadonlyMap<StackId, NetworkStack>
  readonly vpc: Vpc | null
  /** The hops' packets by stack, as they came in, and the interfaces on either side. */
  readonly crossing: ReadonlyMap<
    StackId,
    { readonly packet: PacketView; readonly in: string | null; readonly out: string | null }
  >
}

const protocolNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 }

/** A rewriting that was seen, with the line of the rule that did it; empty where no table that was read explains it. */
export const explainTranslation = (seen: SeenTranslation, context: RewritingContext): Translation => ({
  at: seen.at,
  kind: seen.kind,
  from: seen.from,
  to: seen.to,
  by: lineOf(seen, context),
})

function lineOf(seen: SeenTranslation, context: RewritingContext): string {
  switch (stackKind(seen.at)) {
    case 'igw':
      return publicAddressLine(seen, context.vpc)
    case 'nat':
      return gatewayLine(seen.at, context.vpc)
    default:
      return natLine(seen, context)
  }
}

const gatewayLine = (at: StackId, vpc: Vpc | null): string => {
  const gateway = vpc?.natGateways.find(({ id }) => natGatewayStack(id) === at)
  return gateway ? natGatewayLine(gateway) : ''
}

/** EC2's own words for the gateway's one-to-one translation. */
function publicAddressLine(seen: SeenTranslation, vpc: Vpc | null): string {
  const [inside, outside] = seen.kind === 'SNAT' ? [seen.from, seen.to] : [seen.to, seen.from]
  for (const eni of vpc?.interfaces ?? [])
    for (const one of eni.addresses)
      if (
        formatIp(one.address) === inside &&
        one.publicAddress !== null &&
        formatIp(one.publicAddress) === outside
      )
        return `${eni.id}: ${inside} has the public address ${outside}${one.associationId === null ? '' : ` (${one.associationId})`}`
  return ''
}

/** Walks the nat table with the packet that came in, and takes the rule that makes what was seen. */
function natLine(seen: SeenTranslation, context: RewritingContext): string {
  const stack = context.stacks.get(seen.at)
  const crossed = context.crossing.get(seen.at)
  const src = parseIp(crossed?.packet.src ?? '')
  const dst = parseIp(seen.kind === 'DNAT' ? seen.from : (crossed?.packet.dst ?? ''))
  if (!stack?.iptables || !crossed || src === undefined || dst === undefined) return ''
  const packet: NatPacket = {
    src,
    dst,
    protocol: protocolNumbers[crossed.packet.protocol] ?? Number(crossed.packet.protocol),
    destinationPort: crossed.packet.destinationPort ?? null,
    iif: crossed.in,
    oif: seen.kind === 'SNAT' ? crossed.out : null,
    mark: 0,
    connmark: 0,
    local: stack.links.flatMap((link) => link.addresses.map((one) => one.address)),
  }
  const chain = seen.kind === 'SNAT' ? 'POSTROUTING' : crossed.in === null ? 'OUTPUT' : 'PREROUTING'
  for (const ruleset of stack.iptables) {
    const table = ruleset.tables.find((one) => one.name === 'nat')
    if (!table) continue
    const walked = walkNat(table, chain, packet)
    if (walked.kind === 'rewritten') return walked.rule.line
  }
  return ''
}
