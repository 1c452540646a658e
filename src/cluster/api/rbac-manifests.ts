import { privilegedNamespace } from './labels.ts'
import { permissionTable, type Purpose } from './permissions.ts'

/** Who gets the permissions. */
export type Subject =
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'User'; readonly name: string }
  | { readonly kind: 'Group'; readonly name: string }

export interface RbacOptions {
  readonly subject: Subject
  /**
   * `namespace`: the agent runs in one namespace, which is set up for it, and nothing may be created elsewhere.
   * `own-namespaces`: each run makes a namespace, so pods may be created in all. `read`: nothing is created.
   */
  readonly scope: 'namespace' | 'own-namespaces' | 'read'
  /** The agent's namespace, and the service account's where it says none. */
  readonly namespace: string
  /** With `verify --deploy`. */
  readonly deploy: boolean
  /** With the web page. */
  readonly ui: boolean
}

type Manifest = Readonly<Record<string, unknown>>

const name = 'podpath'
const labels = { 'app.kubernetes.io/name': 'podpath' }
const rbac = 'rbac.authorization.k8s.io'

/** What `kubectl apply -f -` takes, in the order in which it must be made. Pure. */
export function rbacManifests(options: RbacOptions): readonly Manifest[] {
  const { subject, namespace, scope } = options
  const acting: readonly Purpose[] = scope === 'read' ? [] : options.deploy ? ['agent', 'deploy'] : ['agent']
  const looking: readonly Purpose[] = options.ui ? ['read', 'ui'] : ['read']
  const everywhere: readonly Purpose[] =
    scope === 'own-namespaces' ? [...looking, 'own-namespace', ...acting] : looking
  const here = scope === 'namespace' ? acting : []
  const roleRef = (kind: string): Manifest => ({ apiGroup: rbac, kind, name })
  const namespaces = [
    ...(scope === 'namespace' ? [namespaceManifest(namespace, privilegedNamespace)] : []),
    ...(subject.kind === 'ServiceAccount' && !(scope === 'namespace' && subject.namespace === namespace)
      ? [namespaceManifest(subject.namespace, {})]
      : []),
  ]
  return [
    ...namespaces.filter(({ metadata }) => metadata.name !== 'default' && metadata.name !== 'kube-system'),
    ...(subject.kind === 'ServiceAccount'
      ? [
          {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { name: subject.name, namespace: subject.namespace, labels },
          },
        ]
      : []),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name, labels },
      rules: rulesFor(everywhere),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: roleRef('ClusterRole'),
      subjects: [subjectManifest(subject)],
    },
    ...(here.length === 0
      ? []
      : [
          {
            apiVersion: `${rbac}/v1`,
            kind: 'Role',
            metadata: { name, namespace, labels },
            rules: rulesFor(here),
          },
          {
            apiVersion: `${rbac}/v1`,
            kind: 'RoleBinding',
            metadata: { name, namespace, labels },
            roleRef: roleRef('Role'),
            subjects: [subjectManifest(subject)],
          },
        ]),
  ]
}

const namespaceManifest = (of: string, more: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: of, labels: { ...labels, ...more } },
})

const subjectManifest = (subject: Subject): Manifest =>
  subject.kind === 'ServiceAccount'
    ? { kind: subject.kind, name: subject.name, namespace: subject.namespace }
    : { apiGroup: rbac, kind: subject.kind, name: subject.name }

/** One rule for each resource, its verbs joined. */
function rulesFor(purposes: readonly Purpose[]): readonly Manifest[] {
  const rules = new Map<string, { group: string; resource: string; verbs: Set<string> }>()
  for (const row of permissionTable) {
    if (!purposes.includes(row.purpose)) continue
    const key = `${row.group}/${row.resource}`
    const rule = rules.get(key) ?? { group: row.group, resource: row.resource, verbs: new Set() }
    for (const verb of row.verbs) rule.verbs.add(verb)
    rules.set(key, rule)
  }
  return [...rules.values()].map(({ group, resource, verbs }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [...verbs],
  }))
}
