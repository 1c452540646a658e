import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { permissionTable } from '../../src/cluster/api/permissions.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import type { Ended } from '../lab/podpath.ts'
import { authorityOf, clusterOf, complaints, realCluster } from './cluster.ts'

const cluster = realCluster('real-permissions')
const { apply, aws, by, direct, left } = cluster

describe('podpath rbac', () => {
  let asServiceAccount: (...args: readonly string[]) => Promise<Ended>
  beforeAll(async () => {
    await apply((await direct('rbac', '--deploy')).stdout)
    const token = (await cluster.lab.kubectl('-n', 'podpath', 'create', 'token', 'podpath')).trim()
    const kubeconfig = join(cluster.lab.where.runtime, 'service-account')
    const { server } = clusterOf(cluster.kubeconfig)
    writeFileSync(kubeconfig, kubeconfigFor(server, authorityOf(cluster.kubeconfig), { token }))
    asServiceAccount = by(kubeconfig, aws())
  })
  const own = ['--agent-namespace', 'podpath'] as const

  test.each([
    { words: ['verify', '--json', ...own] },
    { words: ['verify', '--json', '--deploy', ...own] },
    {
      words: [
        ...['trace', 'deploy/netshoot-pod', 'svc/kube-system/kube-dns:53', '--protocol', 'dns', '--json'],
        ...own,
      ],
    },
    { words: ['snapshot', '--out', 'bundle', ...own] },
    { words: ['cleanup'] },
  ])('is enough for $words', async ({ words }) => {
    const out = join(cluster.lab.where.runtime, 'bundle')
    const ended = await asServiceAccount(...words.map((word) => (word === 'bundle' ? out : word)))
    expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
    expect(await left()).toBe('')
  })

  const removals = permissionTable.flatMap(({ purpose, resource, verbs, optional }) =>
    purpose === 'own-namespace' || purpose === 'ui'
      ? []
      : // Either verb of exec will do, by the server's version: both are taken away.
        (resource === 'pods/exec' ? [verbs] : verbs.map((verb) => [verb])).map((without) => ({
          purpose,
          resource,
          without,
          optional: optional === true,
        })),
  )
  test.each(removals)('without $without of $resource ($purpose) one line says so', async (row) => {
    const { resource, without, optional, purpose } = row
    const kind = purpose === 'read' ? 'clusterrole' : 'role'
    const place = purpose === 'read' ? [] : ['-n', 'podpath']
    const role = JSON.parse(await cluster.lab.kubectl('get', kind, 'podpath', ...place, '-o', 'json')) as {
      rules: { resources: string[]; verbs: string[] }[]
    }
    const rules = role.rules.map((rule) =>
      rule.resources.includes(resource)
        ? { ...rule, verbs: rule.verbs.filter((verb) => !without.includes(verb)) }
        : rule,
    )
    const patch = (to: object): Promise<string> =>
      cluster.lab.kubectl(
        'patch',
        kind,
        'podpath',
        ...place,
        '--type=merge',
        '-p',
        JSON.stringify({ rules: to }),
      )
    await patch(rules)
    try {
      const words =
        resource === 'deployments' && without.includes('list')
          ? ['cleanup']
          : purpose === 'deploy'
            ? ['verify', '--deploy', ...own]
            : resource === 'services'
              ? ['trace', 'deploy/netshoot-pod', 'svc/kube-system/kube-dns:53', ...own]
              : optional && resource !== 'deployments'
                ? ['explain', `default/${cluster.lab.pods[0]}`, '192.168.3.20', ...own]
                : ['verify', ...own]
      const ended = await asServiceAccount(...words)
      const line = complaints(ended).find((one) => one.includes(`not allowed to ${without[0]} ${resource}`))
      expect(line, ended.stderr).toContain('podpath rbac')
      const goesOn = optional && resource !== 'services' && resource !== 'deployments'
      if (goesOn) expect(ended.status).toBeLessThan(2)
      else expect(ended.status).toBe(3)
    } finally {
      await patch(role.rules)
    }
    expect(await left()).toBe('')
  })

  test('--iam prints a policy', async () => {
    const policy = JSON.parse((await direct('rbac', '--iam')).stdout) as {
      Statement: { Action: string[]; Effect: string }[]
    }
    expect(policy.Statement[0]?.Effect).toBe('Allow')
    expect(policy.Statement[0]?.Action.every((action) => action.startsWith('ec2:Describe'))).toBe(true)
  })
})
