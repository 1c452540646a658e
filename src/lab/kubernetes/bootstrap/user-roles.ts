import type { Draft } from '../objects/meta.ts'
import type { PolicyRule, Role } from '../objects/configuration.ts'

const look = ['get', 'list', 'watch'] as const
const change = ['create', 'delete', 'deletecollection', 'patch', 'update'] as const

/** What everybody who works in a namespace may see: not secrets, by which one could become somebody else. */
const seen: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    verbs: look,
    resources: [
      ...['configmaps', 'endpoints', 'events', 'namespaces', 'pods', 'pods/log', 'pods/status'],
      ...['serviceaccounts', 'services'],
    ],
  },
  {
    apiGroups: ['apps'],
    verbs: look,
    resources: ['daemonsets', 'deployments', 'deployments/scale', 'replicasets', 'replicasets/scale'],
  },
  { apiGroups: ['discovery.k8s.io'], verbs: look, resources: ['endpointslices'] },
  { apiGroups: ['policy'], verbs: look, resources: ['poddisruptionbudgets'] },
]

const changed: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    verbs: ['get', 'create'],
    resources: ['pods/attach', 'pods/exec', 'pods/portforward'],
  },
  { apiGroups: [''], verbs: [...look, ...change], resources: ['secrets'] },
  {
    apiGroups: [''],
    verbs: change,
    resources: ['configmaps', 'pods', 'serviceaccounts', 'services'],
  },
  { apiGroups: [''], verbs: ['create'], resources: ['pods/eviction', 'serviceaccounts/token'] },
  {
    apiGroups: ['apps'],
    verbs: change,
    resources: ['daemonsets', 'deployments', 'deployments/scale', 'replicasets', 'replicasets/scale'],
  },
  { apiGroups: ['policy'], verbs: change, resources: ['poddisruptionbudgets'] },
]

const administered: readonly PolicyRule[] = [
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    verbs: [...look, ...change],
    resources: ['rolebindings', 'roles'],
  },
]

const role = (name: string, rules: readonly PolicyRule[]): Draft<Role> => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  rules,
})

/** The roles for people and programs in a namespace (kubernetes.io, "User-facing roles"), of the kinds that the lab has. */
export const userRoles: readonly Draft<Role>[] = [
  role('view', seen),
  role('edit', [...seen, ...changed]),
  role('admin', [...seen, ...changed, ...administered]),
]
