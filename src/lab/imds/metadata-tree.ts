import { formatIp, isIp4 } from '../../model/address/address.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { Eni, Instance } from '../../model/vpc/vpc.ts'
import type { CloudView } from '../ec2/cloud-view.ts'
import { derivedId, privateDnsName, publicDnsName, zoneId } from '../ec2/derived.ts'
import { architectureOf, enisOf } from '../ec2/describe/instances.ts'

/** A category of the metadata is a directory; what is undefined is not there. */
export type MetadataTree = { readonly [name: string]: MetadataTree | string | undefined }

/**
 * What the metadata service tells an instance of itself, as categories and values (EC2 user guide, "Instance metadata
 * categories"): of the same VPC and instances that the EC2 API describes.
 */
export function metadataTree(instance: Instance, view: CloudView): MetadataTree {
  const enis = enisOf(instance, view)
  const [primary] = enis
  const own = primary && namesOf(primary, view)
  const detail = view.instances[instance.id]
  return {
    dynamic: { 'instance-identity': { document: identityDocument(instance, view) } },
    'meta-data': {
      'ami-id': detail?.imageId,
      'ami-launch-index': '0',
      'ami-manifest-path': '(unknown)',
      hostname: instance.privateDnsName,
      'instance-action': 'none',
      'instance-id': instance.id,
      'instance-life-cycle': 'on-demand',
      'instance-type': instance.type,
      'local-hostname': instance.privateDnsName,
      'local-ipv4': own?.privateAddress,
      mac: primary?.mac,
      network: {
        interfaces: { macs: Object.fromEntries(enis.map((eni) => [eni.mac, interfaceTree(eni, view)])) },
      },
      placement: {
        'availability-zone': instance.zone,
        'availability-zone-id': zoneId(instance.zone),
        region: view.vpc.region,
      },
      profile: 'default-hvm',
      'public-hostname': own?.publicName,
      'public-ipv4': own?.publicAddress,
      'reservation-id': derivedId('r', instance.id),
      'security-groups': primary && groupNames(primary, view),
      services: { domain: 'amazonaws.com', partition: 'aws' },
    },
  }
}

function interfaceTree(eni: Eni, view: CloudView): MetadataTree {
  const { privateAddress, publicAddress, publicName } = namesOf(eni, view)
  const subnet = view.vpc.subnets.find(({ id }) => id === eni.subnet)
  const primary = eni.addresses.find((one) => one.primary)
  return {
    'device-number': String(eni.attachment?.deviceIndex ?? 0),
    'interface-id': eni.id,
    'ipv4-associations': publicAddress === undefined ? undefined : { [publicAddress]: privateAddress },
    'ipv4-prefix': eni.prefixes.length === 0 ? undefined : eni.prefixes.map(formatPrefix).join('\n'),
    'local-hostname': primary && privateDnsName(view.vpc.region, primary.address),
    'local-ipv4s': eni.addresses
      .filter((one) => isIp4(one.address))
      .map((one) => formatIp(one.address))
      .join('\n'),
    mac: eni.mac,
    'owner-id': view.account,
    'public-hostname': publicName,
    'public-ipv4s': publicAddress,
    'security-group-ids': eni.securityGroups.join('\n'),
    'security-groups': groupNames(eni, view),
    'subnet-id': eni.subnet,
    'subnet-ipv4-cidr-block': subnet && formatPrefix(subnet.prefix),
    'vpc-id': view.vpc.id,
    'vpc-ipv4-cidr-block': view.vpc.prefixes[0] && formatPrefix(view.vpc.prefixes[0]),
    'vpc-ipv4-cidr-blocks': view.vpc.prefixes
      .filter((one) => isIp4(one.address))
      .map(formatPrefix)
      .join('\n'),
  }
}

function namesOf(eni: Eni, { vpc }: CloudView) {
  const primary = eni.addresses.find((one) => one.primary)
  const outside = primary?.publicAddress ?? undefined
  return {
    privateAddress: primary && formatIp(primary.address),
    publicAddress: outside === undefined ? undefined : formatIp(outside),
    publicName: outside === undefined ? undefined : publicDnsName(vpc.region, outside),
  }
}

const groupNames = (eni: Eni, { vpc }: CloudView): string =>
  eni.securityGroups.map((id) => vpc.securityGroups.find((group) => group.id === id)?.name ?? id).join('\n')

/** The instance identity document, without the signatures that only AWS can make. */
function identityDocument(instance: Instance, view: CloudView): string {
  const [primary] = enisOf(instance, view)
  const detail = view.instances[instance.id]
  return JSON.stringify(
    {
      accountId: view.account,
      architecture: architectureOf(instance.type),
      availabilityZone: instance.zone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: detail?.imageId ?? null,
      instanceId: instance.id,
      instanceType: instance.type,
      kernelId: null,
      pendingTime: detail?.launchTime.replace(/\.\d+Z$/, 'Z') ?? null,
      privateIp: primary ? (namesOf(primary, view).privateAddress ?? null) : null,
      ramdiskId: null,
      region: view.vpc.region,
      version: '2017-09-30',
    },
    null,
    2,
  )
}

/**
 * What is at a path below the version: a value, or the names of a category with a slash behind those that are
 * categories themselves. Undefined: nothing is there.
 */
export function readMetadata(tree: MetadataTree, path: string): string | undefined {
  let at: MetadataTree | string | undefined = tree
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  if (typeof at !== 'object') return at
  return Object.entries(at)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (typeof value === 'object' ? `${name}/` : name))
    .join('\n')
}
