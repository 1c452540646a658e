import type { CloudView } from '../cloud-view.ts'
import type { Describe } from '../describe.ts'

interface TagOf {
  readonly resource: string
  readonly type: string
  readonly key: string
  readonly value: string
}

/** EC2's word for the kind of a resource, by its id's prefix. */
const kinds: Readonly<Record<string, string>> = {
  acl: 'network-acl',
  eipalloc: 'elastic-ip',
  eni: 'network-interface',
  i: 'instance',
  igw: 'internet-gateway',
  nat: 'natgateway',
  pcx: 'vpc-peering-connection',
  pl: 'prefix-list',
  rtb: 'route-table',
  sg: 'security-group',
  sgr: 'security-group-rule',
  subnet: 'subnet',
  vpc: 'vpc',
  vpce: 'vpc-endpoint',
}

function tagsEverywhere(view: CloudView): readonly TagOf[] {
  const of = (resource: string, tags: Readonly<Record<string, string>>): readonly TagOf[] =>
    Object.entries(tags).map(([key, value]) => ({
      resource,
      type: kinds[resource.slice(0, resource.indexOf('-'))] ?? 'unknown',
      key,
      value,
    }))
  return [
    ...view.vpc.instances.flatMap((instance) => of(instance.id, instance.tags)),
    ...Object.entries(view.tags).flatMap(([resource, tags]) => of(resource, tags)),
  ]
}

export const describeTags: Describe<TagOf> = {
  action: 'DescribeTags',
  element: 'tagSet',
  list: tagsEverywhere,
  ids: [],
  filters: {
    key: (tag) => [tag.key],
    value: (tag) => [tag.value],
    'resource-id': (tag) => [tag.resource],
    'resource-type': (tag) => [tag.type],
  },
  tags: (tag) => ({ [tag.key]: tag.value }),
  paged: true,
  render: (tag) => ({ resourceId: tag.resource, resourceType: tag.type, key: tag.key, value: tag.value }),
}
