import type {
  ConfigMap,
  KubeEvent,
  Lease,
  Namespace,
  PodDisruptionBudget,
  Role,
  RoleBinding,
  Secret,
  ServiceAccount,
} from './objects/configuration.ts'
import type { JsonObject, KubeObject } from './objects/meta.ts'
import type { Node } from './objects/node.ts'
import type { Pod } from './objects/pod.ts'
import type { Endpoints, EndpointSlice, Service } from './objects/service.ts'
import type { DaemonSet, Deployment, ReplicaSet } from './objects/workload.ts'

/** A kind of object that the server keeps, as discovery tells of it. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly Subresource[]
  /** Whether a change of `spec` counts up `metadata.generation`. */
  readonly generation: boolean
  /** The message of schema/fields.json that describes it. */
  readonly message: string
  /** Whether it is only shown: nothing in the lab would act on it. */
  readonly readOnly: boolean
  /** Ties the kind's type to its name; never set. */
  readonly object?: T
}

export type Subresource =
  | 'status'
  | 'scale'
  | 'log'
  | 'exec'
  | 'attach'
  | 'portforward'
  | 'eviction'
  | 'binding'
  | 'ephemeralcontainers'
  | 'finalize'
  | 'token'

interface Entry {
  readonly short?: readonly string[]
  readonly cluster?: true
  readonly all?: true
  readonly subresources?: readonly Subresource[]
  readonly generation?: true
  readonly readOnly?: true
}

function resource<T extends KubeObject>(
  groupVersion: string,
  plural: string,
  kind: string,
  entry: Entry = {},
): Resource<T> {
  const slash = groupVersion.indexOf('/')
  const group = slash < 0 ? '' : groupVersion.slice(0, slash)
  const version = groupVersion.slice(slash + 1)
  return {
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: entry.cluster !== true,
    shortNames: entry.short ?? [],
    categories: entry.all === true ? ['all'] : [],
    subresources: entry.subresources ?? [],
    generation: entry.generation === true,
    readOnly: entry.readOnly === true,
    message: `${schemaPackage[group] ?? group}/${version}.${kind}`,
  }
}

/** Groups whose Go package is not called as the group is. */
const schemaPackage: Readonly<Record<string, string>> = {
  '': 'core',
  'discovery.k8s.io': 'discovery',
  'networking.k8s.io': 'networking',
  'rbac.authorization.k8s.io': 'rbac',
  'coordination.k8s.io': 'coordination',
  'events.k8s.io': 'events',
}

export const configMaps = resource<ConfigMap>('v1', 'configmaps', 'ConfigMap', { short: ['cm'] })
export const endpoints = resource<Endpoints>('v1', 'endpoints', 'Endpoints', { short: ['ep'] })
export const events = resource<KubeEvent>('v1', 'events', 'Event', { short: ['ev'] })
export const namespaces = resource<Namespace>('v1', 'namespaces', 'Namespace', {
  short: ['ns'],
  cluster: true,
  subresources: ['finalize', 'status'],
})
export const nodes = resource<Node>('v1', 'nodes', 'Node', {
  short: ['no'],
  cluster: true,
  subresources: ['status'],
})
export const pods = resource<Pod>('v1', 'pods', 'Pod', {
  short: ['po'],
  all: true,
  subresources: [
    'attach',
    'binding',
    'ephemeralcontainers',
    'eviction',
    'exec',
    'log',
    'portforward',
    'status',
  ],
})
export const secrets = resource<Secret>('v1', 'secrets', 'Secret')
export const serviceAccounts = resource<ServiceAccount>('v1', 'serviceaccounts', 'ServiceAccount', {
  short: ['sa'],
  subresources: ['token'],
})
export const services = resource<Service>('v1', 'services', 'Service', {
  short: ['svc'],
  all: true,
  subresources: ['status'],
})
export const daemonSets = resource<DaemonSet>('apps/v1', 'daemonsets', 'DaemonSet', {
  short: ['ds'],
  all: true,
  subresources: ['status'],
  generation: true,
})
export const deployments = resource<Deployment>('apps/v1', 'deployments', 'Deployment', {
  short: ['deploy'],
  all: true,
  subresources: ['scale', 'status'],
  generation: true,
})
export const replicaSets = resource<ReplicaSet>('apps/v1', 'replicasets', 'ReplicaSet', {
  short: ['rs'],
  all: true,
  subresources: ['scale', 'status'],
  generation: true,
})
export const controllerRevisions = resource<KubeObject & { data?: JsonObject; revision: number }>(
  'apps/v1',
  'controllerrevisions',
  'ControllerRevision',
)
export const leases = resource<Lease>('coordination.k8s.io/v1', 'leases', 'Lease')
export const endpointSlices = resource<EndpointSlice>(
  'discovery.k8s.io/v1',
  'endpointslices',
  'EndpointSlice',
)
export const networkPolicies = resource<KubeObject & { spec?: JsonObject }>(
  'networking.k8s.io/v1',
  'networkpolicies',
  'NetworkPolicy',
  { short: ['netpol'], generation: true },
)
export const podDisruptionBudgets = resource<PodDisruptionBudget>(
  'policy/v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
  { short: ['pdb'], subresources: ['status'], generation: true },
)
export const roles = resource<Role>('rbac.authorization.k8s.io/v1', 'roles', 'Role')
export const roleBindings = resource<RoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'rolebindings',
  'RoleBinding',
)
export const clusterRoles = resource<Role>('rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole', {
  cluster: true,
})
export const clusterRoleBindings = resource<RoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  { cluster: true },
)

/** What an EKS cluster has beside, and the lab shows without acting on it. */
const shown = <T extends KubeObject>(
  groupVersion: string,
  plural: string,
  kind: string,
  short: readonly string[],
  cluster?: true,
): Resource<T> =>
  resource<T>(groupVersion, plural, kind, { short, readOnly: true, ...(cluster ? { cluster } : {}) })

export type CniNode = KubeObject & { spec?: { features?: readonly { name: string }[] } }
export type StorageClass = KubeObject & {
  provisioner?: string
  reclaimPolicy?: string
  volumeBindingMode?: string
}

export const cniNodes = shown<CniNode>('vpcresources.k8s.aws/v1alpha1', 'cninodes', 'CNINode', ['cnd'], true)
export const customResourceDefinitions = shown<KubeObject & { spec: JsonObject }>(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  ['crd', 'crds'],
  true,
)
export const storageClasses = shown<StorageClass>(
  'storage.k8s.io/v1',
  'storageclasses',
  'StorageClass',
  ['sc'],
  true,
)

/** Everything that can be looked at and not changed, in the order in which discovery lists it. */
export const shownResources: readonly Resource[] = [
  customResourceDefinitions,
  shown('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', ['hpa']),
  shown('crd.k8s.amazonaws.com/v1alpha1', 'eniconfigs', 'ENIConfig', [], true),
  shown('networking.k8s.aws/v1alpha1', 'policyendpoints', 'PolicyEndpoint', []),
  shown('networking.k8s.io/v1', 'ingressclasses', 'IngressClass', [], true),
  shown('networking.k8s.io/v1', 'ingresses', 'Ingress', ['ing']),
  storageClasses,
  shown('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', ['pvc']),
  shown('v1', 'persistentvolumes', 'PersistentVolume', ['pv'], true),
  cniNodes,
  shown('vpcresources.k8s.aws/v1beta1', 'securitygrouppolicies', 'SecurityGroupPolicy', ['sgp']),
]

/** Everything that is kept, in the order in which discovery lists it. */
export const resources: readonly Resource[] = [
  configMaps,
  endpoints,
  events,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  services,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  leases,
  endpointSlices,
  networkPolicies,
  podDisruptionBudgets,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
]

export const apiVersionOf = (of: Resource): string =>
  of.group === '' ? of.version : `${of.group}/${of.version}`

export const everyResource: readonly Resource[] = [...resources, ...shownResources]

export const findResource = (group: string, version: string, plural: string): Resource | undefined =>
  everyResource.find((one) => one.group === group && one.version === version && one.plural === plural)

export const resourceOfKind = (apiVersion: string, kind: string): Resource | undefined =>
  resources.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion)
