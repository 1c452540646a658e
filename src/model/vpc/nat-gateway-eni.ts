import type { Eni, NatGateway, Vpc } from './vpc.ts'

/** EC2 makes an ENI with every NAT gateway: the one that has its private address. */
export const eniOfNatGateway = (
  { interfaces }: Pick<Vpc, 'interfaces'>,
  { privateAddress }: Pick<NatGateway, 'privateAddress'>,
): Eni | undefined =>
  interfaces.find((eni) => eni.addresses.some(({ address }) => address === privateAddress))

export const natGatewayOfEni = (
  { natGateways }: Pick<Vpc, 'natGateways'>,
  eni: Pick<Eni, 'addresses'>,
): NatGateway | undefined =>
  natGateways.find(({ privateAddress }) => eni.addresses.some(({ address }) => address === privateAddress))
