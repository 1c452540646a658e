import { zoneId, zonesOf } from '../derived.ts'
import type { Describe } from '../describe.ts'

/** The zones that the lab's VPC uses; the region's other zones do not exist here. */
export const describeAvailabilityZones: Describe<string> = {
  action: 'DescribeAvailabilityZones',
  element: 'availabilityZoneInfo',
  list: (view) => zonesOf(view.vpc),
  ids: [
    {
      parameter: 'ZoneName',
      of: (zone) => zone,
      prefix: '',
      malformed: 'InvalidParameterValue',
      notFound: 'InvalidParameterValue',
      message: (zone) => `Invalid availability zone: [${zone}]`,
    },
    {
      parameter: 'ZoneId',
      of: zoneId,
      prefix: '',
      malformed: 'InvalidParameterValue',
      notFound: 'InvalidParameterValue',
      message: (zone) => `Invalid availability zone-id: [${zone}]`,
    },
  ],
  filters: {
    'zone-name': (zone) => [zone],
    'zone-id': (zone) => [zoneId(zone)],
    'zone-type': () => ['availability-zone'],
    'region-name': (_, view) => [view.vpc.region],
    'group-name': (_, view) => [`${view.vpc.region}-zg-1`],
    'network-border-group': (_, view) => [view.vpc.region],
    'opt-in-status': () => ['opt-in-not-required'],
    state: () => ['available'],
  },
  tags: () => ({}),
  paged: false,
  render: (zone, view) => ({
    optInStatus: 'opt-in-not-required',
    messageSet: [],
    regionName: view.vpc.region,
    zoneName: zone,
    zoneId: zoneId(zone),
    groupName: `${view.vpc.region}-zg-1`,
    networkBorderGroup: view.vpc.region,
    zoneType: 'availability-zone',
    zoneState: 'available',
  }),
}

export const describeRegions: Describe<string> = {
  action: 'DescribeRegions',
  element: 'regionInfo',
  list: (view) => [view.vpc.region],
  ids: [
    {
      parameter: 'RegionName',
      of: (region) => region,
      prefix: '',
      malformed: 'InvalidParameterValue',
      notFound: 'InvalidParameterValue',
      message: (region) => `Invalid region: [${region}]`,
    },
  ],
  filters: {
    'region-name': (region) => [region],
    endpoint: (region) => [`ec2.${region}.amazonaws.com`],
    'opt-in-status': () => ['opt-in-not-required'],
  },
  tags: () => ({}),
  paged: false,
  render: (region) => ({
    regionName: region,
    regionEndpoint: `ec2.${region}.amazonaws.com`,
    optInStatus: 'opt-in-not-required',
  }),
}
