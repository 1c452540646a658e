/** `--apply FILE.yaml`: objects of Kubernetes as they would be → the world with them. */
import { labelsAt, textAt } from '../../edge/fields.ts'
import { enforcesPolicies } from '../../kubernetes/policy-agent.ts'
import { selects } from '../../kubernetes/selector.ts'
import { readKubernetesObjects } from '../../kubernetes/read-objects.ts'
import type { SaidEdit } from '../../model/diagnosis/said-diagnosis.ts'
import type { KubernetesObjects, Labels, NetworkPolicy, Pod } from '../../model/fabric/kubernetes.ts'
import { proxiesAnew } from '../owners/proxy-rules.ts'
import { badObject, ChangeError, notRead, notThere } from '../change-error.ts'
import { withNote, withObjects, type World } from '../world.ts'
import { withEndpoints } from './endpoints.ts'
import { refuseUnknownFields } from './known-fields.ts'
import { serviceAfter } from './service.ts'

export interface ApplyOptions {
  /** Of objects that name none. */
  readonly namespace: string
  /** By `NAMESPACE/NAME` of a deployment, its pods' names. */
  readonly deployments: ReadonlyMap<string, readonly string[]>
}

/** One object after the other. Throws a ChangeError for the first that is not understood whole. */
export function applyDocuments(world: World, documents: readonly unknown[], options: ApplyOptions): World {
  const { objects } = world
  if (objects === null) throw notRead('kubernetes/*.json', 'kubernetes')
  const changed = documents.reduce<Changed>((seen, document) => applyOne(seen, document, options), {
    objects,
    edits: [],
    notes: [],
  })
  const noted = changed.notes.reduce(withNote, world)
  const after = withEndpoints(objects, changed.objects)
  const isProxied = after.services !== objects.services || after.endpointSlices !== objects.endpointSlices
  return withObjects(isProxied ? proxiesAnew(noted, after) : noted, after, changed.edits)
}

interface Changed {
  readonly objects: KubernetesObjects
  readonly edits: readonly SaidEdit[]
  readonly notes: Parameters<typeof withNote>[1][]
}

function applyOne(seen: Changed, document: unknown, options: ApplyOptions): Changed {
  const kind = textAt(document, 'kind') ?? ''
  const name = textAt(document, 'metadata', 'name')
  if (name === undefined) throw badObject(kind === '' ? 'YAML' : kind, 'metadata.name')
  const namespace = textAt(document, 'metadata', 'namespace') ?? options.namespace
  const key = `${namespace}/${name}`
  const place = { seen, document, namespace, name, key }
  switch (kind) {
    case 'NetworkPolicy':
      return applyPolicy(place)
    case 'Service':
      return applyService(place)
    case 'Deployment':
      return applyDeployment(place, options)
    case 'Pod':
      return applyPod(place)
    case 'Namespace':
      return applyNamespace(place)
    default:
      throw new ChangeError({ code: 'kind', kind: kind.slice(0, 80) })
  }
}

interface Place {
  readonly seen: Changed
  readonly document: unknown
  readonly namespace: string
  readonly name: string
  readonly key: string
}

const said = (kind: string, at: string, before: string | null, after: string | null): SaidEdit => ({
  kind,
  at,
  before,
  after,
})

function applyPolicy({ seen, document, namespace, key }: Place): Changed {
  const { objects } = seen
  if (objects.missing.includes('networkpolicies'))
    throw notRead('kubernetes/networkpolicies.json', 'kubernetes')
  refuseUnknownFields(document, 'NetworkPolicy', key)
  const [read] = readOne('networkpolicies', withNamespace(document, namespace), key).networkPolicies
  if (read === undefined) throw badObject(`NetworkPolicy ${key}`, 'spec')
  const before = objects.networkPolicies.find((one) => isSameObject(one, read))
  const others = objects.networkPolicies.filter((one) => one !== before)
  return {
    objects: { ...objects, networkPolicies: [...others, read] },
    edits: [
      ...seen.edits,
      said('network-policy', key, before === undefined ? null : policyText(before), policyText(read)),
    ],
    notes: enforcesPolicies(objects) ? seen.notes : [...seen.notes, { code: 'not-enforced', what: key }],
  }
}

const policyText = ({ types, ingress, egress }: NetworkPolicy): string =>
  types.map((type) => `${type}: ${(type === 'Ingress' ? ingress : egress).length}`).join(', ')

const isSameObject = (
  one: { readonly namespace: string; readonly name: string },
  other: { readonly namespace: string; readonly name: string },
): boolean => one.namespace === other.namespace && one.name === other.name

function applyService({ seen, document, namespace, key }: Place): Changed {
  const { objects } = seen
  if (objects.missing.includes('services')) throw notRead('kubernetes/services.json', 'kubernetes')
  if (objects.missing.includes('endpointslices'))
    throw notRead('kubernetes/endpointslices.json', 'kubernetes')
  const [read] = readOne('services', withNamespace(document, namespace), key).services
  if (read === undefined) throw badObject(`Service ${key}`, 'spec')
  const before = objects.services.find((one) => isSameObject(one, read))
  const { service, standIn } = serviceAfter(before, read, document, objects)
  return {
    objects: { ...objects, services: [...objects.services.filter((one) => one !== before), service] },
    edits: [
      ...seen.edits,
      said('service', key, before === undefined ? null : portsText(before), portsText(service)),
    ],
    notes:
      standIn === null
        ? seen.notes
        : [...seen.notes, { code: 'stand-in-address', what: key, address: standIn }],
  }
}

const portsText = ({ type, ports, selector }: KubernetesObjects['services'][number]): string =>
  [
    type,
    ...ports.map((port) => `${port.port}→${port.targetPort}/${port.protocol}`),
    ...Object.entries(selector ?? {}).map(([name, value]) => `${name}=${value}`),
  ].join(' ')

/** Its pods get the labels of its template; how many there are, and where, is not gone into. */
function applyDeployment({ seen, document, key, namespace }: Place, { deployments }: ApplyOptions): Changed {
  const names = deployments.get(key)
  if (names === undefined) throw notThere(`deployment ${key}`, 'kubernetes')
  const labels = labelsAt(document, 'spec', 'template', 'metadata', 'labels')
  const selector = labelsAt(document, 'spec', 'selector', 'matchLabels')
  if (Object.keys(labels).length === 0) throw badObject(`Deployment ${key}`, 'spec.template.metadata.labels')
  // The API server refuses it.
  if (!selects({ matchLabels: selector, matchExpressions: [] }, labels))
    throw badObject(`Deployment ${key}`, 'spec.selector')
  const isOwn = (pod: Pod): boolean => pod.namespace === namespace && names.includes(pod.name)
  return relabelled({ ...seen, notes: [...seen.notes, { code: 'new-pods', what: key }] }, isOwn, (pod) => ({
    ...labels,
    ...(pod.labels['pod-template-hash'] === undefined
      ? {}
      : { 'pod-template-hash': pod.labels['pod-template-hash'] }),
  }))
}

function applyPod({ seen, document, namespace, name, key }: Place): Changed {
  const isIt = (pod: Pod): boolean => pod.namespace === namespace && pod.name === name
  if (!seen.objects.pods.some(isIt)) throw notThere(`pod ${key}`, 'kubernetes')
  return relabelled(seen, isIt, () => labelsAt(document, 'metadata', 'labels'))
}

function relabelled(seen: Changed, isMeant: (pod: Pod) => boolean, labelsOf: (pod: Pod) => Labels): Changed {
  const { objects } = seen
  const edits: SaidEdit[] = []
  const pods = objects.pods.map((pod) => {
    if (!isMeant(pod)) return pod
    const labels = labelsOf(pod)
    const [before, after] = [labelsText(pod.labels), labelsText(labels)]
    if (before === after) return pod
    edits.push(said('labels', `${pod.namespace}/${pod.name}`, before, after))
    return { ...pod, labels }
  })
  return { ...seen, objects: { ...objects, pods }, edits: [...seen.edits, ...edits] }
}

const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(',')

function applyNamespace({ seen, document, name }: Place): Changed {
  const { objects } = seen
  if (objects.missing.includes('namespaces')) throw notRead('kubernetes/namespaces.json', 'kubernetes')
  // Every namespace carries its own name as a label (NamespaceDefaultLabelName).
  const labels = { ...labelsAt(document, 'metadata', 'labels'), 'kubernetes.io/metadata.name': name }
  const before = objects.namespaces.find((one) => one.name === name)
  return {
    ...seen,
    objects: {
      ...objects,
      namespaces: [...objects.namespaces.filter((one) => one !== before), { name, labels }],
    },
    edits: [
      ...seen.edits,
      said('labels', name, before === undefined ? null : labelsText(before.labels), labelsText(labels)),
    ],
  }
}

const withNamespace = (document: unknown, namespace: string): unknown => {
  const { metadata, ...rest } = document as { readonly metadata: object }
  return { ...rest, metadata: { ...metadata, namespace } }
}

function readOne(part: 'networkpolicies' | 'services', document: unknown, key: string): KubernetesObjects {
  const { seen, gaps } = readKubernetesObjects({ [part]: { items: [document] } })
  const [gap] = gaps
  if (gap !== undefined) throw badObject(key, gap.because)
  return seen
}
