import { ip } from '../../model/address/address.ts'
import type { Eni, EniAddress, NatGateway } from '../../model/vpc/vpc.ts'
import type { EniPlan, HostPlan, NatGatewayPlan, NodePlan } from './host-plan.ts'

const primary = (address: string, publicAddress: string | null): EniAddress => ({
  address: ip(address),
  primary: true,
  publicAddress: publicAddress === null ? null : ip(publicAddress),
  associationId: null,
})

/** The ENI of a node as EC2 describes it once it is attached. */
export function nodeEni(node: NodePlan, eni: EniPlan, securityGroup: string): Eni {
  return {
    id: eni.id,
    subnet: node.subnet,
    mac: eni.mac,
    addresses: [
      primary(eni.address, eni.deviceIndex === 0 ? node.publicAddress : null),
      ...(eni.prefixes.length > 0 ? [] : eni.podAddresses).map((text) => ({
        address: ip(text),
        primary: false,
        publicAddress: null,
        associationId: null,
      })),
    ],
    prefixes: eni.prefixes,
    securityGroups: [securityGroup],
    sourceDestCheck: true,
    attachment: { instance: node.instance, deviceIndex: eni.deviceIndex },
    description: eni.deviceIndex === 0 ? '' : `aws-K8S-${node.instance}`,
  }
}

export const hostEni = (
  host: HostPlan,
  group: string,
  instance: string | null,
  description: string,
): Eni => ({
  id: host.eni,
  subnet: host.subnet,
  mac: host.mac,
  addresses: [primary(host.address, host.publicAddress)],
  prefixes: [],
  securityGroups: [group],
  sourceDestCheck: true,
  attachment: instance === null ? null : { instance, deviceIndex: 0 },
  description,
})

/** EC2 makes it with the gateway: no security group, and no check, because it forwards what others sent. */
export const natGatewayEni = (gateway: NatGatewayPlan, associationId: string): Eni => ({
  id: gateway.eni,
  subnet: gateway.subnet,
  mac: gateway.mac,
  addresses: [{ ...primary(gateway.address, gateway.publicAddress), associationId }],
  prefixes: [],
  securityGroups: [],
  sourceDestCheck: false,
  attachment: null,
  description: `Interface for NAT Gateway ${gateway.id}`,
})

export const describedNatGateway = (gateway: NatGatewayPlan): NatGateway => ({
  id: gateway.id,
  subnet: gateway.subnet,
  privateAddress: ip(gateway.address),
  publicAddress: ip(gateway.publicAddress),
})
