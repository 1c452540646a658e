import { formatIp } from '../../../model/address/address.ts'
import type { Eni, EniAddress } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { derivedId } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'

/** An Elastic IP on an ENI. Automatically assigned public addresses are not listed by DescribeAddresses. */
interface ElasticIp {
  readonly eni: Eni
  readonly on: EniAddress
  readonly publicIp: string
  readonly associationId: string
  readonly allocationId: string
}

const elasticIps = (view: CloudView): readonly ElasticIp[] =>
  view.vpc.interfaces.flatMap((eni) =>
    eni.addresses.flatMap((on) =>
      on.publicAddress === null || on.associationId === null
        ? []
        : [
            {
              eni,
              on,
              publicIp: formatIp(on.publicAddress),
              associationId: on.associationId,
              allocationId: derivedId('eipalloc', on.associationId),
            },
          ],
    ),
  )

export const describeAddresses: Describe<ElasticIp> = {
  action: 'DescribeAddresses',
  element: 'addressesSet',
  list: elasticIps,
  ids: [
    {
      parameter: 'AllocationId',
      of: (address) => address.allocationId,
      prefix: 'eipalloc-',
      malformed: 'InvalidAllocationID.Malformed',
      notFound: 'InvalidAllocationID.NotFound',
      message: (id) => `The allocation ID '${id}' does not exist`,
    },
    {
      parameter: 'PublicIp',
      of: (address) => address.publicIp,
      prefix: '',
      malformed: 'InvalidAddress.Malformed',
      notFound: 'InvalidAddress.NotFound',
      message: (address) => `Address '${address}' not found.`,
    },
  ],
  filters: {
    'allocation-id': (a) => [a.allocationId],
    'association-id': (a) => [a.associationId],
    domain: () => ['vpc'],
    'instance-id': (a) => [a.eni.attachment?.instance],
    'network-interface-id': (a) => [a.eni.id],
    'network-interface-owner-id': (_, view) => [view.account],
    'network-border-group': (_, view) => [view.vpc.region],
    'private-ip-address': (a) => [formatIp(a.on.address)],
    'public-ip': (a) => [a.publicIp],
  },
  tags: (a, view) => tagsOf(view, a.allocationId),
  paged: false,
  render: (a, view) => ({
    publicIp: a.publicIp,
    allocationId: a.allocationId,
    associationId: a.associationId,
    domain: 'vpc',
    instanceId: a.eni.attachment?.instance,
    networkInterfaceId: a.eni.id,
    networkInterfaceOwnerId: view.account,
    privateIpAddress: formatIp(a.on.address),
    publicIpv4Pool: 'amazon',
    networkBorderGroup: view.vpc.region,
    tagSet: tagSet(tagsOf(view, a.allocationId)),
  }),
}
