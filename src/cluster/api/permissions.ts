/** What podpath asks of the Kubernetes API, as RBAC names it. */
export interface Permission {
  /** The API group; empty is the core group. */
  readonly group: string
  readonly resource: string
  readonly verb: string
}

/** What a permission is for; `podpath rbac` grants only what was asked for. */
export type Purpose =
  /** Looking at the cluster. */
  | 'read'
  /** The agent's pods, in the agent's namespace. */
  | 'agent'
  /** A namespace of its own for each run. */
  | 'own-namespace'
  /** The tutorial's deployment, made and removed in the agent's namespace. */
  | 'deploy'
  /** The web page's view of a cluster, and what it lets its user do there. */
  | 'ui'

export interface PermissionRow {
  readonly group: string
  readonly resource: string
  readonly verbs: readonly string[]
  readonly purpose: Purpose
  /** True: without it the run goes on, and says what is missing. */
  readonly optional?: true
  readonly because: string
}

/**
 * Everything that podpath may ask of the Kubernetes API. The client asks for nothing that is not in this table
 * (`checkPermitted`), `podpath rbac` prints it, and docs/real-cluster.md shows it.
 */
export const permissionTable: readonly PermissionRow[] = [
  {
    group: '',
    resource: 'nodes',
    verbs: ['list'],
    purpose: 'read',
    because: 'which nodes there are, and whether they are ready',
  },
  {
    group: '',
    resource: 'pods',
    verbs: ['list'],
    purpose: 'read',
    because: 'which address is which pod, on which node',
  },
  {
    group: '',
    resource: 'namespaces',
    verbs: ['list'],
    purpose: 'read',
    optional: true,
    because: 'recorded in snapshots; cleanup finds what was left behind',
  },
  {
    group: '',
    resource: 'services',
    verbs: ['list'],
    purpose: 'read',
    optional: true,
    because: 'svc/NAME as a destination',
  },
  {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    verbs: ['list'],
    purpose: 'read',
    optional: true,
    because: 'which pods stand behind a service',
  },
  {
    group: 'networking.k8s.io',
    resource: 'networkpolicies',
    verbs: ['list'],
    purpose: 'read',
    optional: true,
    because: 'recorded in snapshots',
  },
  {
    group: 'apps',
    resource: 'deployments',
    verbs: ['get', 'list'],
    purpose: 'read',
    optional: true,
    because: 'deploy/NAME as an endpoint; cleanup finds what was left behind',
  },
  {
    group: '',
    resource: 'pods',
    verbs: ['create', 'watch', 'delete'],
    purpose: 'agent',
    because: 'the agent, one pod on each node that matters',
  },
  {
    // A WebSocket begins as a GET: servers before 1.35 ask for `get`, later ones for `create` as well
    // (KEP-4006, AuthorizePodWebsocketUpgradeCreatePermission).
    group: '',
    resource: 'pods/exec',
    verbs: ['get', 'create'],
    purpose: 'agent',
    because: 'commands in the agent',
  },
  {
    group: '',
    resource: 'namespaces',
    verbs: ['create', 'delete'],
    purpose: 'own-namespace',
    because: 'a namespace for each run',
  },
  {
    group: 'apps',
    resource: 'deployments',
    verbs: ['create', 'delete'],
    purpose: 'deploy',
    because: 'verify --deploy: the tutorial’s deployment',
  },
  ...(
    [
      ['', 'nodes'],
      ['', 'pods'],
      ['', 'services'],
      ['discovery.k8s.io', 'endpointslices'],
      ['apps', 'deployments'],
    ] as const
  ).map(([group, resource]): PermissionRow => ({
    group,
    resource,
    verbs: ['watch'],
    purpose: 'ui',
    because: 'podpath ui: the cluster as it changes',
  })),
  {
    group: '',
    resource: 'pods',
    verbs: ['create', 'delete'],
    purpose: 'ui',
    optional: true,
    because: 'podpath ui: pods that its user makes and removes',
  },
  {
    group: 'apps',
    resource: 'deployments/scale',
    verbs: ['patch'],
    purpose: 'ui',
    optional: true,
    because: 'podpath ui: deployments that its user scales',
  },
]

/** What everybody who is known to the server may ask: whether something is allowed (system:basic-user). */
const everybodys: Permission = {
  group: 'authorization.k8s.io',
  resource: 'selfsubjectaccessreviews',
  verb: 'create',
}

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  DELETE: 'delete',
  PUT: 'update',
  PATCH: 'patch',
}

/** A request to the API server in RBAC's terms (kubernetes.io, "Authorization", "Determine the request verb"). */
export interface AskedPermission extends Permission {
  /** Null: of the whole cluster. */
  readonly namespace: string | null
  readonly name: string | null
}

/** Undefined for a path that names no resource. */
export function askedPermission(method: string, path: string): AskedPermission | undefined {
  const [before = '', query = ''] = path.split('?')
  const parts = before.split('/').filter((part) => part !== '')
  // /api/v1/… or /apis/GROUP/VERSION/…
  const group = parts[0] === 'apis' ? (parts[1] ?? '') : ''
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2)
  const namespaced = rest[0] === 'namespaces' && rest.length > 2
  const [plain, name, sub] = namespaced ? rest.slice(2) : rest
  if (plain === undefined) return undefined
  const watching = new URLSearchParams(query).get('watch') === 'true'
  return {
    group,
    resource: sub === undefined ? plain : `${plain}/${sub}`,
    verb: verbOfMethod[method] ?? (name === undefined ? (watching ? 'watch' : 'list') : 'get'),
    namespace: namespaced ? (rest[1] ?? null) : null,
    name: name ?? null,
  }
}

/** Throws for a request that the table has not: whoever runs podpath with its roles would be refused. */
export function checkPermitted(method: string, path: string): void {
  const asked = askedPermission(method, path)
  const known =
    asked &&
    [...permissionTable, { ...everybodys, verbs: [everybodys.verb] }].some(
      ({ group, resource, verbs }) =>
        group === asked.group && resource === asked.resource && verbs.includes(asked.verb),
    )
  if (!known)
    throw new Error(
      `podpath asks for what its table of permissions has not (${method} ${path.split('?')[0] ?? ''}): add it to src/cluster/permissions.ts`,
    )
}
