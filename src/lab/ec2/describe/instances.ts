import { formatIp } from '../../../model/address/address.ts'
import type { Eni, Instance, MetadataOptions } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { derivedId, publicDnsName, zoneId } from '../derived.ts'
import { tagSet, type Describe } from '../describe.ts'
import type { Xml, XmlObject } from '../xml.ts'
import { attachmentOf, eniBody, groupSet, primaryOf } from './network-interfaces.ts'

/** EC2's numbers for the states (API reference, InstanceState). */
const stateCodes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const

export const enisOf = (instance: Instance, view: CloudView): readonly Eni[] =>
  view.vpc.interfaces
    .filter((eni) => eni.attachment?.instance === instance.id)
    .toSorted((a, b) => (a.attachment?.deviceIndex ?? 0) - (b.attachment?.deviceIndex ?? 0))

const primaryEni = (instance: Instance, view: CloudView): Eni | undefined => enisOf(instance, view)[0]

const stateOf = (instance: Instance, view: CloudView): keyof typeof stateCodes =>
  view.instances[instance.id]?.state ?? 'running'

const publicOf = (instance: Instance, view: CloudView) => {
  const eni = primaryEni(instance, view)
  return (eni && primaryOf(eni)?.publicAddress) ?? undefined
}

const privateOf = (instance: Instance, view: CloudView): string | undefined => {
  const eni = primaryEni(instance, view)
  const primary = eni && primaryOf(eni)
  return primary && formatIp(primary.address)
}

const reservationId = (instance: Instance): string => derivedId('r', instance.id)

export const describeInstances: Describe<Instance> = {
  action: 'DescribeInstances',
  element: 'reservationSet',
  list: (view) => view.vpc.instances,
  ids: [
    {
      parameter: 'InstanceId',
      of: (instance) => instance.id,
      prefix: 'i-',
      malformed: 'InvalidInstanceID.Malformed',
      notFound: 'InvalidInstanceID.NotFound',
      message: (id) =>
        id.includes(',') ? `The instance IDs '${id}' do not exist` : `The instance ID '${id}' does not exist`,
    },
  ],
  filters: {
    'instance-id': (i) => [i.id],
    'instance-type': (i) => [i.type],
    'instance-state-name': (i, view) => [stateOf(i, view)],
    'instance-state-code': (i, view) => [stateCodes[stateOf(i, view)]],
    'availability-zone': (i) => [i.zone],
    'availability-zone-id': (i) => [zoneId(i.zone)],
    'image-id': (i, view) => [view.instances[i.id]?.imageId],
    'key-name': (i, view) => [view.instances[i.id]?.keyName],
    'launch-time': (i, view) => [view.instances[i.id]?.launchTime],
    'vpc-id': (_, view) => [view.vpc.id],
    'subnet-id': (i, view) => [primaryEni(i, view)?.subnet],
    'private-ip-address': (i, view) => [privateOf(i, view)],
    'private-dns-name': (i) => [i.privateDnsName],
    'ip-address': (i, view) => {
      const address = publicOf(i, view)
      return address === undefined ? [] : [formatIp(address)]
    },
    'dns-name': (i, view) => {
      const address = publicOf(i, view)
      return address === undefined ? [] : [publicDnsName(view.vpc.region, address)]
    },
    'instance.group-id': (i, view) => primaryEni(i, view)?.securityGroups ?? [],
    'instance.group-name': (i, view) =>
      (primaryEni(i, view)?.securityGroups ?? []).map(
        (id) => view.vpc.securityGroups.find((g) => g.id === id)?.name,
      ),
    'network-interface.network-interface-id': (i, view) => enisOf(i, view).map((eni) => eni.id),
    'network-interface.subnet-id': (i, view) => enisOf(i, view).map((eni) => eni.subnet),
    'network-interface.vpc-id': (_, view) => [view.vpc.id],
    'network-interface.addresses.private-ip-address': (i, view) =>
      enisOf(i, view).flatMap((eni) => eni.addresses.map((a) => formatIp(a.address))),
    'network-interface.group-id': (i, view) => enisOf(i, view).flatMap((eni) => eni.securityGroups),
    'reservation-id': (i) => [reservationId(i)],
    'owner-id': (_, view) => [view.account],
    architecture: (i) => [architectureOf(i.type)],
    tenancy: () => ['default'],
    'metadata-options.http-tokens': (i) => [(i.metadataOptions ?? usualMetadataOptions).tokens],
    'metadata-options.http-put-response-hop-limit': (i) => [
      (i.metadataOptions ?? usualMetadataOptions).hopLimit,
    ],
    'metadata-options.http-endpoint': (i) => [(i.metadataOptions ?? usualMetadataOptions).endpoint],
    'source-dest-check': (i, view) => [primaryEni(i, view)?.sourceDestCheck],
  },
  tags: (i) => i.tags,
  paged: true,
  render: (instance, view) => ({
    reservationId: reservationId(instance),
    ownerId: view.account,
    groupSet: [],
    instancesSet: [body(instance, view)],
  }),
}

/** Graviton types have a `g` after the generation: `t4g`, `m6gd`, `c7gn`. */
export const architectureOf = (type: string): 'arm64' | 'x86_64' =>
  /^[a-z]+\d+g/.test(type) ? 'arm64' : 'x86_64'

function body(instance: Instance, view: CloudView): Xml {
  const detail = view.instances[instance.id]
  const state = stateOf(instance, view)
  const eni = primaryEni(instance, view)
  const publicAddress = publicOf(instance, view)
  return {
    instanceId: instance.id,
    imageId: detail?.imageId,
    instanceState: { code: stateCodes[state], name: state },
    privateDnsName: instance.privateDnsName,
    dnsName: publicAddress === undefined ? null : publicDnsName(view.vpc.region, publicAddress),
    reason: null,
    keyName: detail?.keyName ?? undefined,
    amiLaunchIndex: 0,
    productCodes: [],
    instanceType: instance.type,
    launchTime: detail?.launchTime,
    placement: {
      availabilityZone: instance.zone,
      availabilityZoneId: zoneId(instance.zone),
      groupName: null,
      tenancy: 'default',
    },
    monitoring: { state: 'disabled' },
    subnetId: eni?.subnet,
    vpcId: view.vpc.id,
    privateIpAddress: privateOf(instance, view),
    ipAddress: publicAddress && formatIp(publicAddress),
    sourceDestCheck: eni?.sourceDestCheck,
    groupSet: eni && groupSet(eni, view.vpc),
    architecture: architectureOf(instance.type),
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/xvda',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    iamInstanceProfile:
      detail?.instanceProfileArn === undefined
        ? undefined
        : {
            arn: detail.instanceProfileArn,
            id: derivedId('AIPA', detail.instanceProfileArn).replace('-0', '').toUpperCase(),
          },
    tagSet: tagSet(instance.tags),
    networkInterfaceSet: enisOf(instance, view).map((each) => ({
      ...eniBody(each, view),
      attachment: attachmentOf(each, view),
    })),
    ebsOptimized: false,
    enaSupport: true,
    metadataOptions: metadataXml(instance, 'applied'),
  }
}

/** `pending` is what ModifyInstanceMetadataOptions answers, `applied` what is described after it. */
export function metadataXml({ metadataOptions }: Instance, state: 'pending' | 'applied'): XmlObject {
  const { tokens, hopLimit, endpoint } = metadataOptions ?? usualMetadataOptions
  return {
    state,
    httpTokens: tokens,
    httpPutResponseHopLimit: hopLimit,
    httpEndpoint: endpoint,
    httpProtocolIpv6: 'disabled',
    instanceMetadataTags: 'disabled',
  }
}

/** What an instance has where nobody asked for something else. */
export const usualMetadataOptions: MetadataOptions = {
  tokens: 'required',
  hopLimit: 1,
  endpoint: 'enabled',
}
