import { formatIp, isIp4, isIp6 } from '../../../model/address/address.ts'
import { formatPrefix, prefixFamily } from '../../../model/address/prefix.ts'
import { natGatewayOfEni } from '../../../model/vpc/nat-gateway-eni.ts'
import type { Eni, EniAddress, Vpc } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { derivedId, privateDnsName, publicDnsName, zoneId, zoneOfSubnet } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'
import type { Xml } from '../xml.ts'

export const primaryOf = (eni: Eni): EniAddress | undefined =>
  eni.addresses.find((a) => a.primary) ?? eni.addresses[0]

const ipv4Of = (eni: Eni): readonly EniAddress[] => eni.addresses.filter((a) => isIp4(a.address))

/** An Elastic IP belongs to the account and has ids; an automatic address belongs to Amazon and has none. */
export function associationOf(address: EniAddress, view: CloudView): Xml {
  if (address.publicAddress === null) return undefined
  const elastic = address.associationId
  return {
    publicIp: formatIp(address.publicAddress),
    publicDnsName: publicDnsName(view.vpc.region, address.publicAddress),
    ipOwnerId: elastic === null ? 'amazon' : view.account,
    ...(elastic === null ? {} : { allocationId: derivedId('eipalloc', elastic), associationId: elastic }),
  }
}

export const groupSet = (eni: Eni, vpc: Vpc): Xml =>
  eni.securityGroups.map((groupId) => ({
    groupId,
    groupName: vpc.securityGroups.find((g) => g.id === groupId)?.name ?? '',
  }))

/** Common to an ENI by itself and as part of its instance's description. */
export function eniBody(eni: Eni, view: CloudView): Readonly<Record<string, Xml>> {
  const { vpc } = view
  const primary = primaryOf(eni)
  return {
    networkInterfaceId: eni.id,
    subnetId: eni.subnet,
    vpcId: vpc.id,
    description: eni.description,
    ownerId: view.account,
    status: statusOf(eni, view),
    macAddress: eni.mac,
    privateIpAddress: primary && formatIp(primary.address),
    privateDnsName: primary && privateDnsName(vpc.region, primary.address),
    sourceDestCheck: eni.sourceDestCheck,
    groupSet: groupSet(eni, vpc),
    association: primary && associationOf(primary, view),
    privateIpAddressesSet: ipv4Of(eni).map((a) => ({
      privateIpAddress: formatIp(a.address),
      privateDnsName: privateDnsName(vpc.region, a.address),
      primary: a.primary,
      association: associationOf(a, view),
    })),
    ipv6AddressesSet: eni.addresses
      .filter((a) => isIp6(a.address))
      .map((a) => ({ ipv6Address: formatIp(a.address), isPrimaryIpv6: false })),
    ipv4PrefixSet: prefixSet(eni, 4),
    ipv6PrefixSet: prefixSet(eni, 6),
    interfaceType: interfaceTypeOf(eni, view),
  }
}

function prefixSet(eni: Eni, family: 4 | 6): Xml {
  const name = family === 4 ? 'ipv4Prefix' : 'ipv6Prefix'
  const list = eni.prefixes.filter((p) => prefixFamily(p) === family)
  return list.length === 0 ? undefined : list.map((p) => ({ [name]: formatPrefix(p) }))
}

const statusOf = (eni: Eni, view: CloudView): string =>
  holderOf(eni, view) === null ? 'available' : 'in-use'

const ofNatGateway = (eni: Eni, { vpc }: CloudView): boolean => natGatewayOfEni(vpc, eni) !== undefined

const interfaceTypeOf = (eni: Eni, view: CloudView): string =>
  ofNatGateway(eni, view) ? 'nat_gateway' : 'interface'

/** The account that EKS' own instances are in; each of them belongs to no customer. */
const accountOfEks = '444455556666'

/** As EC2 names whoever holds the ENI of a NAT gateway. */
const accountOfNatGateways = 'amazon-aws'

/** What an ENI is attached to; null: to nothing. */
interface Holder {
  /** Null: of another account, which is not told. */
  readonly instance: string | null
  readonly account: string
  readonly deviceIndex: number
  readonly since: string | undefined
}

function holderOf(eni: Eni, view: CloudView): Holder | null {
  if (eni.managed !== undefined)
    return { instance: null, account: accountOfEks, deviceIndex: 1, since: view.cluster?.createdAt }
  if (ofNatGateway(eni, view))
    return { instance: null, account: accountOfNatGateways, deviceIndex: 1, since: view.cluster?.createdAt }
  if (eni.attachment === null) return null
  const { instance, deviceIndex } = eni.attachment
  return { instance, account: view.account, deviceIndex, since: view.instances[instance]?.launchTime }
}

export function attachmentOf(eni: Eni, view: CloudView): Readonly<Record<string, Xml>> | undefined {
  const holder = holderOf(eni, view)
  if (holder === null) return undefined
  return {
    attachmentId: derivedId('eni-attach', eni.id, holder.instance ?? holder.account),
    deviceIndex: holder.deviceIndex,
    networkCardIndex: 0,
    status: 'attached',
    attachTime: holder.since,
    deleteOnTermination: true,
  }
}

export const describeNetworkInterfaces: Describe<Eni> = {
  action: 'DescribeNetworkInterfaces',
  element: 'networkInterfaceSet',
  list: (view) => view.vpc.interfaces,
  ids: [
    {
      parameter: 'NetworkInterfaceId',
      of: (eni) => eni.id,
      prefix: 'eni-',
      malformed: 'InvalidNetworkInterfaceId.Malformed',
      notFound: 'InvalidNetworkInterfaceID.NotFound',
      message: (id) => `The networkInterface ID '${id}' does not exist`,
    },
  ],
  filters: {
    'network-interface-id': (eni) => [eni.id],
    'subnet-id': (eni) => [eni.subnet],
    'vpc-id': (_, view) => [view.vpc.id],
    'availability-zone': (eni, view) => [zoneOfSubnet(view.vpc, eni.subnet)],
    description: (eni) => [eni.description],
    status: (eni, view) => [statusOf(eni, view)],
    'mac-address': (eni) => [eni.mac],
    'owner-id': (_, view) => [view.account],
    'interface-type': (eni, view) => [interfaceTypeOf(eni, view)],
    'source-dest-check': (eni) => [eni.sourceDestCheck],
    'group-id': (eni) => eni.securityGroups,
    'group-name': (eni, view) =>
      eni.securityGroups.map((id) => view.vpc.securityGroups.find((g) => g.id === id)?.name),
    'private-ip-address': (eni) =>
      ipv4Of(eni)
        .slice(0, 1)
        .map((a) => formatIp(a.address)),
    'addresses.private-ip-address': (eni) => ipv4Of(eni).map((a) => formatIp(a.address)),
    'addresses.primary': (eni) => ipv4Of(eni).map((a) => a.primary),
    'addresses.association.public-ip': publicAddresses,
    'association.public-ip': publicAddresses,
    'association.association-id': (eni) => eni.addresses.map((a) => a.associationId),
    'ipv6-addresses.ipv6-address': (eni) =>
      eni.addresses.filter((a) => isIp6(a.address)).map((a) => formatIp(a.address)),
    'private-dns-name': (eni, view) => {
      const primary = primaryOf(eni)
      return primary ? [privateDnsName(view.vpc.region, primary.address)] : []
    },
    'requester-managed': (eni, view) => [ofNatGateway(eni, view)],
    'attachment.instance-id': (eni) => [eni.attachment?.instance],
    'attachment.device-index': (eni, view) => [holderOf(eni, view)?.deviceIndex],
    'attachment.status': (eni, view) => (holderOf(eni, view) === null ? [] : ['attached']),
    'attachment.attachment-id': (eni, view) => {
      const id = attachmentOf(eni, view)?.['attachmentId']
      return typeof id === 'string' ? [id] : []
    },
    'attachment.instance-owner-id': (eni, view) => [holderOf(eni, view)?.account],
    'requester-id': (eni) => [requesterOf(eni)],
  },
  tags: (eni, view) => tagsOf(view, eni.id),
  paged: true,
  render: (eni, view) => {
    const holder = holderOf(eni, view)
    return {
      ...eniBody(eni, view),
      availabilityZone: zoneOfSubnet(view.vpc, eni.subnet),
      availabilityZoneId: zoneId(zoneOfSubnet(view.vpc, eni.subnet) ?? ''),
      // EC2 says no of EKS' interfaces too.
      requesterManaged: ofNatGateway(eni, view),
      requesterId: requesterOf(eni),
      attachment: holder && {
        ...attachmentOf(eni, view),
        instanceId: holder.instance ?? undefined,
        instanceOwnerId: holder.account,
      },
      tagSet: tagSet(tagsOf(view, eni.id)),
    }
  },
}

const requesterOf = (eni: Eni): string | undefined =>
  eni.managed === 'eks-control-plane' ? 'AROA0000000000PODPATH:AmazonEKS' : undefined

function publicAddresses(eni: Eni): readonly string[] {
  return eni.addresses.flatMap((a) => (a.publicAddress === null ? [] : [formatIp(a.publicAddress)]))
}
