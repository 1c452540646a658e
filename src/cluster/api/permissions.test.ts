import { describe, expect, test } from 'vitest'
import { askedPermission, checkPermitted, permissionTable } from './permissions.ts'
import { rbacManifests, type RbacOptions } from './rbac-manifests.ts'

describe('a request in RBAC’s terms', () => {
  test.each([
    {
      method: 'GET',
      path: '/api/v1/pods?limit=500',
      is: { group: '', resource: 'pods', verb: 'list', namespace: null, name: null },
    },
    {
      method: 'GET',
      path: '/api/v1/namespaces/n/pods?watch=true',
      is: { group: '', resource: 'pods', verb: 'watch', namespace: 'n', name: null },
    },
    {
      method: 'DELETE',
      path: '/api/v1/namespaces/n',
      is: { group: '', resource: 'namespaces', verb: 'delete', namespace: null, name: 'n' },
    },
    {
      method: 'GET',
      path: '/api/v1/namespaces/n/pods/p/exec?command=ip',
      is: { group: '', resource: 'pods/exec', verb: 'get', namespace: 'n', name: 'p' },
    },
    {
      method: 'GET',
      path: '/apis/apps/v1/namespaces/n/deployments/d',
      is: { group: 'apps', resource: 'deployments', verb: 'get', namespace: 'n', name: 'd' },
    },
  ])('$method $path', ({ method, path, is }) => {
    expect(askedPermission(method, path)).toEqual(is)
    expect(() => checkPermitted(method, path)).not.toThrow()
  })

  test.each([
    ['GET', '/api/v1/secrets'],
    ['DELETE', '/api/v1/nodes/n1'],
    ['GET', '/healthz'],
  ])('%s %s is not in the table, and is a mistake of ours', (method, path) => {
    expect(() => checkPermitted(method, path)).toThrow('src/cluster/permissions.ts')
  })
})

const options: RbacOptions = {
  subject: { kind: 'ServiceAccount', namespace: 'podpath', name: 'podpath' },
  scope: 'namespace',
  namespace: 'podpath',
  deploy: false,
  ui: false,
}
const shape = (more: Partial<RbacOptions>) =>
  rbacManifests({ ...options, ...more }).map((one) => `${String(one['kind'])}`)
const verbs = (more: Partial<RbacOptions>, kind: string): readonly string[] =>
  rbacManifests({ ...options, ...more })
    .filter((one) => one['kind'] === kind)
    .flatMap((one) => one['rules'] as { resources: string[]; verbs: string[] }[])
    .flatMap((rule) => rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${resource}`)))

describe('the roles', () => {
  test('by default nothing may be created outside of one namespace', () => {
    expect(shape({})).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
    ])
    expect(verbs({}, 'ClusterRole').filter((one) => !/^(list|get) /.test(one))).toEqual([])
    expect(verbs({}, 'Role')).toEqual([
      'create pods',
      'watch pods',
      'delete pods',
      'get pods/exec',
      'create pods/exec',
    ])
  })

  test('read only: nothing may be created at all', () => {
    expect(shape({ scope: 'read', subject: { kind: 'User', name: 'jane' } })).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
    ])
    expect(verbs({ scope: 'read' }, 'ClusterRole').filter((one) => !/^(list|get) /.test(one))).toEqual([])
  })

  test('with a namespace for each run, one role has everything', () => {
    const all = permissionTable.flatMap((row) => row.verbs.map((verb) => `${verb} ${row.resource}`))
    expect(new Set(verbs({ scope: 'own-namespaces', deploy: true, ui: true }, 'ClusterRole'))).toEqual(
      new Set(all),
    )
  })

  test('somebody else’s namespace is made for the service account, and is not privileged', () => {
    const [agents, ops] = rbacManifests({
      ...options,
      subject: { kind: 'ServiceAccount', namespace: 'ops', name: 'ci' },
    })
    expect(agents).toMatchObject({ metadata: { name: 'podpath' } })
    expect(JSON.stringify(agents)).toContain('"pod-security.kubernetes.io/enforce":"privileged"')
    expect(ops).toMatchObject({ kind: 'Namespace', metadata: { name: 'ops' } })
    expect(JSON.stringify(ops)).not.toContain('privileged')
  })
})
