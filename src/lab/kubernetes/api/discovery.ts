import type { IncomingMessage } from 'node:http'
import { everyResource, type Resource, type Subresource } from '../resources.ts'

/** An endpoint that only answers a question put to it: created, never kept. */
export interface Question {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

export const questions: readonly Question[] = [
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    plural: 'tokenreviews',
    kind: 'TokenReview',
    namespaced: false,
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    namespaced: false,
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    namespaced: false,
  },
]

const verbsOf = ({ readOnly }: Resource): readonly string[] =>
  readOnly
    ? ['get', 'list', 'watch']
    : ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const subresourceVerbs: Readonly<Record<Subresource, readonly string[]>> = {
  status: ['get', 'patch', 'update'],
  scale: ['get', 'patch', 'update'],
  log: ['get'],
  exec: ['create', 'get'],
  attach: ['create', 'get'],
  portforward: ['create', 'get'],
  eviction: ['create'],
  binding: ['create'],
  ephemeralcontainers: ['get', 'patch', 'update'],
  finalize: ['update'],
  token: ['create'],
}

/** The kind that a subresource speaks, where it is not its parent's. */
function subresourceKind(
  of: Resource,
  subresource: Subresource,
): { group?: string; version?: string; kind: string } {
  switch (subresource) {
    case 'scale':
      return { group: 'autoscaling', version: 'v1', kind: 'Scale' }
    case 'exec':
      return { kind: 'PodExecOptions' }
    case 'attach':
      return { kind: 'PodAttachOptions' }
    case 'portforward':
      return { kind: 'PodPortForwardOptions' }
    case 'eviction':
      return { group: 'policy', version: 'v1', kind: 'Eviction' }
    case 'binding':
      return { kind: 'Binding' }
    case 'token':
      return { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
    case 'status':
    case 'log':
    case 'ephemeralcontainers':
    case 'finalize':
      return { kind: of.kind }
  }
}

const groupVersions = (): readonly { group: string; version: string }[] => {
  const seen = new Map<string, { group: string; version: string }>()
  for (const { group, version } of [...everyResource, ...questions])
    seen.set(`${group}/${version}`, { group, version })
  return [...seen.values()]
}

const groups = (): readonly string[] =>
  [...new Set(groupVersions().map(({ group }) => group))].filter((group) => group !== '')

/** Whether the client reads aggregated discovery (KEP-3352), and in which version. */
function aggregated(request: IncomingMessage): 'v2' | undefined {
  const accepts = request.headers.accept ?? ''
  return /g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/.test(accepts) ? 'v2' : undefined
}

export interface Answer {
  readonly type: string
  readonly body: unknown
}

const plain = (body: unknown): Answer => ({ type: 'application/json', body })

/** Answers `/api`, `/apis` and what stands under them, or undefined for any other path. */
export function discover(request: IncomingMessage, path: string, address: string): Answer | undefined {
  const trimmed = path.replace(/\/$/, '')
  if (trimmed === '/api' || trimmed === '/apis') {
    const core = trimmed === '/api'
    if (aggregated(request) === 'v2') return aggregatedAnswer(core)
    if (core) {
      return plain({
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
      })
    }
    return plain({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupOf) })
  }
  const [, root, first, second] = trimmed.split('/')
  if (root === 'api' && first === 'v1' && second === undefined) return plain(resourceList('', 'v1'))
  if (root !== 'apis' || first === undefined || !groups().includes(first)) return undefined
  if (second === undefined) return plain({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(first) })
  const rest = trimmed.split('/').length > 4
  return rest || groupOf(first).versions.every(({ version }) => version !== second)
    ? undefined
    : plain(resourceList(first, second))
}

function groupOf(name: string): {
  name: string
  versions: { groupVersion: string; version: string }[]
  preferredVersion: unknown
} {
  const versions = groupVersions()
    .filter(({ group }) => group === name)
    .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

function resourceList(group: string, version: string): unknown {
  const kept = everyResource
    .filter((one) => one.group === group && one.version === version)
    .flatMap((one) => [
      {
        name: one.plural,
        singularName: one.singular,
        namespaced: one.namespaced,
        kind: one.kind,
        verbs: verbsOf(one),
        ...(one.shortNames.length > 0 ? { shortNames: one.shortNames } : {}),
        ...(one.categories.length > 0 ? { categories: one.categories } : {}),
      },
      ...one.subresources.map((sub) => ({
        name: `${one.plural}/${sub}`,
        singularName: '',
        namespaced: one.namespaced,
        ...subresourceKind(one, sub),
        verbs: subresourceVerbs[sub],
      })),
    ])
  const asked = questions
    .filter((one) => one.group === group && one.version === version)
    .map((one) => ({
      name: one.plural,
      singularName: one.kind.toLowerCase(),
      namespaced: one.namespaced,
      kind: one.kind,
      verbs: ['create'],
    }))
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: [...kept, ...asked],
  }
}

function aggregatedAnswer(core: boolean): Answer {
  const names = core ? [''] : groups()
  const items = names.map((name) => ({
    metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
    versions: groupVersions()
      .filter(({ group }) => group === name)
      .map(({ group, version }) => ({
        version,
        freshness: 'Current',
        resources: [
          ...everyResource
            .filter((one) => one.group === group && one.version === version)
            .map(aggregatedResource),
          ...questions
            .filter((one) => one.group === group && one.version === version)
            .map((one) => ({
              resource: one.plural,
              responseKind: { group, version, kind: one.kind },
              scope: one.namespaced ? 'Namespaced' : 'Cluster',
              singularResource: one.kind.toLowerCase(),
              verbs: ['create'],
            })),
        ],
      })),
  }))
  return {
    type: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    body: { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items },
  }
}

const aggregatedResource = (one: Resource): unknown => ({
  resource: one.plural,
  responseKind: { group: one.group, version: one.version, kind: one.kind },
  scope: one.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: one.singular,
  verbs: verbsOf(one),
  ...(one.shortNames.length > 0 ? { shortNames: one.shortNames } : {}),
  ...(one.categories.length > 0 ? { categories: one.categories } : {}),
  ...(one.subresources.length > 0
    ? {
        subresources: one.subresources.map((sub) => ({
          subresource: sub,
          responseKind: { group: one.group, version: one.version, ...subresourceKind(one, sub) },
          verbs: subresourceVerbs[sub],
        })),
      }
    : {}),
})
