import type { Passage, VpcFacts } from '../capture/follow/input.ts'
import { compileVpc, eniOwnerOf, tableOf, type CompiledVpc } from '../forward/vpc/compile.ts'
import { lookupVpcRoute } from '../forward/vpc/route.ts'
import { vpcServiceAt } from '../forward/vpc/special-address.ts'
import { isIp6, type Ip } from '../model/address/address.ts'
import { internetGatewayStack, internetStack, natGatewayStack, vpcStack } from '../model/stack/stack-id.ts'
import type { Vpc } from '../model/vpc/vpc.ts'

/**
 * What a packet that was answered from outside must have passed, by the route tables alone: that every filter on the way let it
 * through has been seen.
 * @param seenAs the source that the internet saw it with, where EC2 does not tell and somebody else did
 */
export function egressPathOf(vpc: Vpc, seenAs: (source: Ip) => Ip | null): VpcFacts['egressPath'] {
  let compiled: CompiledVpc | null = null
  return (source, destination) => {
    // The resolver, metadata and time are the VPC's own, at addresses that no route table rules.
    if (vpcServiceAt(vpc, destination) !== null) return [{ stack: vpcStack(vpc.id), source: null }]
    compiled ??= compileVpc(vpc)
    const subnet = eniOwnerOf(compiled, source)?.eni.subnet ?? null
    return fromSubnet({ compiled, seenAs, source, destination }, subnet, source)
  }
}

interface Trip {
  readonly compiled: CompiledVpc
  readonly seenAs: (source: Ip) => Ip | null
  /** As it left its machine. */
  readonly source: Ip
  readonly destination: Ip
}

/** @param as the source that the packet has by now */
function fromSubnet(trip: Trip, subnet: string | null, as: Ip): readonly Passage[] {
  const { vpc } = trip.compiled
  const router = vpcStack(vpc.id)
  const table = subnet === null ? null : tableOf(trip.compiled, subnet)
  const found = table && lookupVpcRoute(table, trip.destination)
  // Nobody read the routes: there is one way out that a VPC has of itself.
  if (!found) return [{ stack: router, source: as }, ...byInternetGateway(trip, vpc.internetGateways[0], as)]
  const target = found.kind === 'route' ? found.route.target : null
  switch (target?.kind) {
    case 'internet-gateway':
    case 'egress-only-internet-gateway':
      return [{ stack: router, source: as }, ...byInternetGateway(trip, target.id, as)]
    case 'nat-gateway': {
      const gateway = vpc.natGateways.find((one) => one.id === target.id)
      const stack = natGatewayStack(target.id)
      // A NAT gateway whose own subnet leads to one is no way out.
      if (!gateway || as !== trip.source)
        return [
          { stack: router, source: as },
          { stack, source: null },
        ]
      return [
        { stack: router, source: as },
        { stack, source: gateway.privateAddress, choosesPort: true },
        ...fromSubnet(trip, gateway.subnet, gateway.privateAddress),
      ]
    }
    default:
      return [{ stack: router, source: null }]
  }
}

function byInternetGateway({ compiled, seenAs, source }: Trip, id: string | undefined, as: Ip): Passage[] {
  const shown = isIp6(as) ? as : (publicAddressOf(compiled, as) ?? seenAs(source))
  return [
    { stack: internetGatewayStack(id ?? 'unknown'), source: shown },
    { stack: internetStack, source: null },
  ]
}

/** One to one, at the internet gateway. The ENI of a NAT gateway may not be recorded while the gateway itself is. */
const publicAddressOf = (compiled: CompiledVpc, address: Ip): Ip | null =>
  compiled.byAddress.get(address)?.address?.publicAddress ??
  compiled.vpc.natGateways.find(({ privateAddress }) => privateAddress === address)?.publicAddress ??
  null
