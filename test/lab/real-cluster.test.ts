import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { permissionTable } from '../../src/cluster/api/permissions.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { kubeconfigFor, type Asked, type Fault, type FaultyApi } from '../cluster/faulty-api.ts'
import { startConnectProxy, type ConnectProxy } from '../cluster/connect-proxy.ts'
import { labBehindFaultyApi } from './behind-faulty-api.ts'
import type { TestLab } from './lab.ts'
import { checkout, podpath, startPodpath, type Ended } from './podpath.ts'

/**
 * The real command against a cluster that it knows by a kubeconfig alone, as one on EKS: the lab stands behind it, and
 * in some tests a server that misbehaves in between. Needs namespaces and kubectl.
 */

const run = promisify(execFile)
let lab: TestLab
let faulty: FaultyApi
let labKubeconfig: string
let down: (() => Promise<void>) | undefined
beforeAll(async () => {
  ;({ lab, faulty, kubeconfig: labKubeconfig, down } = await labBehindFaultyApi('real-cluster'))
})
afterAll(() => down?.())
afterEach(() => faulty.spoil(() => undefined))

const aws = (): Record<string, string> => ({
  AWS_ENDPOINT_URL: lab.record.aws?.endpoint ?? '',
  AWS_ACCESS_KEY_ID: lab.record.aws?.accessKeyId ?? '',
  AWS_SECRET_ACCESS_KEY: lab.record.aws?.secretAccessKey ?? '',
})
const withKubeconfig =
  (kubeconfig: string, environment: Readonly<Record<string, string>> = {}) =>
  (...args: readonly string[]): Promise<Ended> =>
    podpath(args, { ...lab.where, environment: { KUBECONFIG: kubeconfig, ...environment } })
const direct = (...args: readonly string[]): Promise<Ended> => withKubeconfig(labKubeconfig)(...args)
const spoiled = (...args: readonly string[]): Promise<Ended> => withKubeconfig(faulty.kubeconfig)(...args)

const resultOf = (ended: Ended): RunResult => {
  if (ended.stdout === '') throw new Error(`no result: exit ${ended.status}: ${ended.stderr}`)
  return JSON.parse(ended.stdout) as RunResult
}
/** The lines on standard error that are no progress. */
const complaints = ({ stderr }: Ended): readonly string[] =>
  stderr.split('\n').filter((line) => line.startsWith('podpath:'))
const left = async (): Promise<string> =>
  lab.kubectl(
    'get',
    'namespaces,pods,deployments',
    '-A',
    '-l',
    'app.kubernetes.io/managed-by=podpath',
    '-o',
    'name',
  )
const said = (result: RunResult) => ({
  verdict: result.verdict,
  statements: result.experiments.flatMap((one) => one.checks.map(({ id, state }) => [id, state])),
  translations: result.traces.map((one) => one.translations),
  forward: result.traces.map((one) => one.observed?.forward.map((hop) => hop.stack)),
})

describe('a cluster that is known by its kubeconfig', () => {
  test('gives the same result as --lab', async () => {
    const byLab = resultOf((await lab.verify()).ended)
    const byKubeconfig = resultOf(await withKubeconfig(labKubeconfig, aws())('verify', '--json'))
    expect(said(byKubeconfig)).toEqual(said(byLab))
    expect(byKubeconfig.verdict).toBe('delivered')
    expect(await left()).toBe('')
  })

  test('without AWS credentials the VPC is unknown, and everything else is there', async () => {
    const ended = await direct('verify', '--json')
    const result = resultOf(ended)
    const checks = result.experiments.flatMap((one) => one.checks)
    expect(checks.filter(({ state }) => state !== 'passed').map(({ id, state }) => [id, state])).toEqual([
      ['pod-to-pod.6', 'unknown'],
      ['pod-to-internet.5', 'unknown'],
    ])
    expect({ status: ended.status, verdict: result.verdict }).toEqual({ status: 0, verdict: 'delivered' })
    expect(result.traces.map((one) => one.predicted?.verdict)).toEqual(Array(4).fill('unknown'))
    expect(result.traces.at(-1)?.translations.map(({ kind }) => kind)).toContain('SNAT')
  })
})

describe('podpath rbac', () => {
  let asServiceAccount: (...args: readonly string[]) => Promise<Ended>
  beforeAll(async () => {
    await apply((await direct('rbac', '--deploy')).stdout)
    const token = (await lab.kubectl('-n', 'podpath', 'create', 'token', 'podpath')).trim()
    const kubeconfig = join(lab.where.runtime, 'service-account')
    const { server } = clusterOf(labKubeconfig)
    writeFileSync(kubeconfig, kubeconfigFor(server, authorityOf(labKubeconfig), { token }))
    asServiceAccount = withKubeconfig(kubeconfig, aws())
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
    const out = join(lab.where.runtime, 'bundle')
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
    const role = JSON.parse(await lab.kubectl('get', kind, 'podpath', ...place, '-o', 'json')) as {
      rules: { resources: string[]; verbs: string[] }[]
    }
    const rules = role.rules.map((rule) =>
      rule.resources.includes(resource)
        ? { ...rule, verbs: rule.verbs.filter((verb) => !without.includes(verb)) }
        : rule,
    )
    const patch = (to: object): Promise<string> =>
      lab.kubectl('patch', kind, 'podpath', ...place, '--type=merge', '-p', JSON.stringify({ rules: to }))
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
                ? ['explain', `default/${lab.pods[0]}`, '192.168.3.20', ...own]
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

async function apply(yaml: string, ...args: readonly string[]): Promise<string> {
  const file = join(lab.where.runtime, 'manifest.yaml')
  writeFileSync(file, yaml)
  return lab.kubectl('apply', ...args, '-f', file)
}
const clusterOf = (kubeconfig: string): { server: string; 'certificate-authority-data': string } =>
  (
    parse(readFileSync(kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    }
  ).clusters[0]!.cluster
const authorityOf = (kubeconfig: string): object => ({
  'certificate-authority-data': clusterOf(kubeconfig)['certificate-authority-data'],
})

describe('an API server that is not well', () => {
  test.each([
    { fault: { status: 401, message: 'Unauthorized' }, says: 'wants credentials (401)' },
    {
      fault: { status: 403, message: 'nodes is forbidden: User "eve" cannot list resource "nodes"' },
      says: 'not allowed to list nodes',
    },
    { fault: { status: 429, headers: { 'Retry-After': '3600' } }, says: 'has too much to do' },
    { fault: { status: 500, message: 'etcdserver: leader changed' }, says: 'etcdserver: leader changed' },
    { fault: 'hang' as const, says: 'does not answer' },
  ])('$fault is one line and exit 3', async ({ fault, says }) => {
    faulty.spoil(({ path }) => (path.startsWith('/api/v1/nodes') ? fault : undefined))
    const ended = await spoiled('verify')
    expect(ended.status).toBe(3)
    expect(complaints(ended)).toHaveLength(1)
    expect(complaints(ended)[0]).toContain(says)
  })

  test('that is busy for a moment, everywhere, is not noticed', async () => {
    const seen = new Map<string, number>()
    faulty.spoil(({ method, path }) => {
      const key = `${method} ${path.split('?')[0]}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
      return seen.get(key) === 1 ? { status: 429, headers: { 'Retry-After': '0' } } : undefined
    })
    const ended = await spoiled('verify', '--json')
    expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
    expect(await left()).toBe('')
  })

  test('that refuses every exec: one line, exit 3, and nothing is left', async () => {
    faulty.spoil(({ path }) => (path.includes('/exec') ? { status: 500, message: 'no kubelet' } : undefined))
    const ended = await spoiled('verify')
    expect(ended.status).toBe(3)
    expect(complaints(ended)).toHaveLength(1)
    expect(await left()).toBe('')
  })
})

/** Changes one of the items of a list that has this name. */
const changed =
  (name: string, change: (item: Item) => void) =>
  (body: unknown): unknown => {
    for (const item of (body as { items?: Item[] }).items ?? []) if (item.metadata.name === name) change(item)
    return body
  }
interface Item {
  readonly metadata: { readonly name: string }
  spec: Record<string, unknown>
  status: Record<string, unknown>
}

describe('nodes that are not well', () => {
  test('one that is gone is named, and the others are proven', async () => {
    const gone = lab.nodes[2] ?? ''
    const unknown = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    }
    faulty.spoil(({ path }) =>
      path.startsWith('/api/v1/nodes?')
        ? { rewrite: changed(gone, (node) => (node.status['conditions'] = [unknown])) }
        : undefined,
    )
    const ended = await spoiled('verify', '--json')
    const result = resultOf(ended)
    expect(result.gaps).toContainEqual({
      at: `node/${gone}`,
      what: 'node',
      because: 'the node is not Ready (Kubelet stopped posting node status)',
    })
    expect(result.traces.map(({ probe }) => probe?.received)).toEqual([2, 1])
    expect(ended.status).toBe(0)
    const trace = await spoiled('trace', `default/${lab.pods[2]}`, 'www.google.com')
    expect(trace.status).toBe(3)
    expect(complaints(trace)).toEqual([
      `podpath: no node has a ready agent: node/${gone}: the node is not Ready (Kubelet stopped posting node status)`,
    ])
  })

  test('one whose image cannot be pulled is named, and the others are proven', async () => {
    const broken = lab.nodes[0] ?? ''
    const pulling = (pod: Item): void => {
      if (pod.spec['nodeName'] !== broken) return
      const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "tools:1"' }
      pod.status = { phase: 'Pending', containerStatuses: [{ image: 'tools:1', state: { waiting } }] }
    }
    faulty.spoil(({ path, method }) =>
      method === 'GET' && /\/namespaces\/podpath-[^/]+\/pods\?/.test(path)
        ? {
            rewrite: (body) => {
              const { items, object } = body as { items?: Item[]; object?: Item }
              for (const item of items ?? (object?.spec ? [object] : [])) pulling(item)
              return body
            },
          }
        : undefined,
    )
    const ended = await spoiled('verify', '--json')
    const result = resultOf(ended)
    expect(result.gaps).toContainEqual({
      at: `node/${broken}`,
      what: 'agent',
      because: 'ImagePullBackOff of the image tools:1: Back-off pulling image "tools:1"',
    })
    expect(new Set(result.traces.map(({ from }) => from.node))).toEqual(new Set([lab.nodes[1]]))
    expect(result.traces.map(({ probe }) => probe?.received)).toEqual([2, 1])
    expect(ended.status).toBe(0)
  })

  describe('one that shows Ready, and whose kubelet the API server does not reach', () => {
    /** Execs into the agents of one node fail: from the first one on, or when the run is under way. */
    const unreached = (node: string, fault: Fault, from: RegExp | null = null): void => {
      const agents = new Set<string>()
      let begun = from === null
      faulty.spoil(({ path, method }) => {
        if (method === 'GET' && path.includes('/namespaces/podpath-') && path.includes('/pods?'))
          return {
            rewrite: (body) => {
              const { items, object } = body as { items?: Item[]; object?: Item }
              for (const { metadata, spec } of items ?? (object?.spec ? [object] : []))
                if (spec['nodeName'] === node) agents.add(metadata.name)
              return body
            },
          }
        const [, pod] = /\/pods\/([^/]+)\/exec\?/.exec(path) ?? []
        if (pod === undefined || !agents.has(pod)) return undefined
        begun ||= from?.test(decodeURIComponent(path)) ?? true
        return begun ? fault : undefined
      })
    }
    const refusal = { status: 500, message: 'error dialing backend: dial tcp 192.168.1.9:10250: i/o timeout' }

    test.each([
      { fault: refusal, says: 'dial tcp 192.168.1.9:10250: i/o timeout' },
      { fault: 'hang' as const, says: 'does not answer' },
    ])('verify names it, and proves the others ($fault)', async ({ fault, says }) => {
      const gone = lab.nodes[1] ?? ''
      unreached(gone, fault)
      const ended = await spoiled('verify', '--json')
      const result = resultOf(ended)
      const gap = result.gaps.find(({ at }) => at === `node/${gone}`)
      expect(gap?.what).toBe('agent')
      expect(gap?.because).toContain(says)
      expect(result.traces.map(({ from, to }) => [from.node, to.node])).toEqual([
        [lab.nodes[0], lab.nodes[2]],
        [lab.nodes[0], undefined],
      ])
      expect(result.traces.map(({ probe }) => probe?.received)).toEqual([2, 1])
      expect(ended.status).toBe(0)
      expect(await left()).toBe('')
    })

    test('verify goes on when it is lost in the middle of the run', async () => {
      const gone = lab.nodes[1] ?? ''
      unreached(gone, refusal, /command=ping/)
      const ended = await spoiled('verify', '--json')
      const result = resultOf(ended)
      expect(result.gaps).toContainEqual(
        expect.objectContaining({ at: `pod/default/${lab.pods[1]}`, what: 'probe' }),
      )
      expect(result.traces.map(({ from }) => from.node)).toEqual(Array(3).fill(lab.nodes[0]))
      expect(ended.status).toBe(0)
    })

    test('trace follows the packet as far as it can look', async () => {
      const gone = lab.nodes[2] ?? ''
      unreached(gone, refusal)
      const ended = await spoiled('trace', `default/${lab.pods[0]}`, `default/${lab.pods[2]}`, '--json')
      const result = resultOf(ended)
      expect(result.gaps).toContainEqual(expect.objectContaining({ at: `node/${gone}`, what: 'agent' }))
      expect(result.traces[0]?.probe).toMatchObject({ sent: 1, received: 1 })
      expect(result.traces[0]?.observed?.forward.map(({ stack }) => stack)).toContain(`node/${lab.nodes[0]}`)
      expect(ended.status).toBe(0)
    })

    test('trace from it is one line that names it', async () => {
      const gone = lab.nodes[2] ?? ''
      unreached(gone, refusal)
      const ended = await spoiled('trace', `default/${lab.pods[2]}`, `default/${lab.pods[0]}`)
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
      expect(complaints(ended)[0]).toContain(`node ${gone} has no agent`)
      expect(complaints(ended)[0]).toContain('i/o timeout')
    })

    test('snapshot records the others', async () => {
      const gone = lab.nodes[2] ?? ''
      unreached(gone, refusal)
      const out = join(lab.where.runtime, 'two-nodes')
      const ended = await spoiled('snapshot', '--out', out)
      expect(ended.stderr).toMatch(new RegExp(`not recorded: .*node/${gone}: .*i/o timeout`))
      const index = JSON.parse(readFileSync(join(out, 'bundle.json'), 'utf8')) as {
        stacks: { id: string }[]
      }
      const recorded = index.stacks.map(({ id }) => id)
      expect(recorded).toContain(`node/${lab.nodes[0]}`)
      expect(recorded).not.toContain(`node/${gone}`)
      expect(ended.status).toBe(0)
    })
  })

  test('cordoned and tainted ones are looked at all the same', async () => {
    const [first = '', second = ''] = lab.nodes
    await lab.kubectl('cordon', first)
    await lab.kubectl('taint', 'node', second, 'dedicated=gpu:NoSchedule')
    try {
      const ended = await direct('verify', '--json')
      expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
      expect(resultOf(ended).traces).toHaveLength(4)
    } finally {
      await lab.kubectl('uncordon', first)
      await lab.kubectl('taint', 'node', second, 'dedicated-')
    }
  })

  test('--node-selector leaves the others out and says so', async () => {
    await lab.kubectl('label', 'node', lab.nodes[0] ?? '', 'debug=yes')
    const ended = await direct(
      'snapshot',
      '--out',
      join(lab.where.runtime, 'one'),
      '--node-selector',
      'debug=yes',
    )
    expect(ended.status).toBe(0)
    expect(ended.stderr).toContain(
      `not recorded: agent of node/${lab.nodes[1]}: left out by --node-selector (it has no debug=yes)`,
    )
  })
})

describe('pods that are not well', () => {
  test('one that ends meanwhile is one line', async () => {
    await lab.kubectl('run', 'short', '--image=nicolaka/netshoot', '--command', '--', 'sleep', '600')
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/short', '--timeout=30s')
    let ending = false
    faulty.spoil(({ path }) => {
      if (path.includes('/exec') && !ending) {
        ending = true
        void lab.kubectl('delete', 'pod', 'short', '--force', '--grace-period=0')
      }
      return undefined
    })
    const ended = await spoiled('trace', 'default/short', '192.168.3.20')
    expect(ending).toBe(true)
    expect([0, 1, 2, 3]).toContain(ended.status)
    expect(ended.stderr).not.toContain("an error of podpath's own")
    expect(await left()).toBe('')
  })

  test('one without a shell or any program is traced like any other', async () => {
    await lab.kubectl('run', 'distroless', '--image=gcr.io/distroless/static-debian12')
    await lab.kubectl('wait', '--for=condition=Ready', 'pod/distroless', '--timeout=30s')
    const ended = await direct('trace', 'default/distroless', 'www.google.com', '--json')
    expect(resultOf(ended).traces[0]?.probe).toMatchObject({ sent: 1, received: 1 })
    await lab.kubectl('delete', 'pod', 'distroless')
  })
})

describe('--dry-run', () => {
  test.each([
    { words: ['verify'] },
    { words: ['verify', '--deploy'] },
    { words: ['trace', 'deploy/netshoot-pod', 'www.google.com', '--protocol', 'http'] },
    { words: ['explain', 'deploy/netshoot-pod', 'www.google.com'] },
    { words: ['snapshot', '--out', 'nowhere'] },
  ])('$words prints what kubectl takes, and creates nothing', async ({ words }) => {
    const before = faulty.asked.length
    const ended = await spoiled(...words, '--dry-run')
    expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
    const writes = faulty.asked.slice(before).filter(({ method }: Asked) => method !== 'GET')
    expect(writes).toEqual([])
    expect(ended.stdout).toMatch(/^# It would then run on the nodes:$/m)
    expect(await apply(ended.stdout)).toMatch(/^pod\/podpath-agent-\S+ created$/m)
    expect(await left()).not.toBe('')
    expect((await direct('cleanup')).status).toBe(0)
    await expect.poll(left, { timeout: 30_000 }).toBe('')
  })
})

test('cleanup finds what a kill -9 leaves, and the kubelet has been told when to end it', async () => {
  const dry = await direct('trace', 'deploy/netshoot-pod', 'www.google.com', '--dry-run')
  expect(dry.stdout).toMatch(/^ {2}activeDeadlineSeconds: 900$/m)
  await apply(dry.stdout)
  const namespace = /name: (podpath-[0-9a-f]{8})\n/.exec(dry.stdout)?.[1] ?? ''
  const found = await direct('cleanup', '--dry-run')
  expect(found.stdout).toBe(`would remove namespace ${namespace}\n`)
  await direct('cleanup')
})

describe('an end in the middle', () => {
  const begin = (...args: readonly string[]) =>
    startPodpath(args, { ...lab.where, environment: { KUBECONFIG: labKubeconfig } })
  const moments = [
    { when: 'while its deployment is made', words: /Creating the test deployment/ },
    { when: 'while its agents are made', words: /Starting the agent/ },
    { when: 'while it captures', words: /Listening in/ },
  ] as const

  test.each(moments)('Ctrl-C to verify --deploy $when removes what it created', async ({ words }) => {
    const started = begin('verify', '--deploy')
    await started.said(words)
    started.child.kill('SIGINT')
    const ended = await started.ended
    expect(ended.status, ended.stderr).toBe(130)
    expect(ended.stderr.split('\n').filter((line) => /interrupt/i.test(line))).toHaveLength(1)
    await expect.poll(left, { timeout: 30_000 }).toBe('')
  })

  test.each(moments)(
    'kill -9 to verify --deploy $when leaves nothing that cleanup does not remove',
    async ({ words }) => {
      const started = begin('verify', '--deploy')
      await started.said(words)
      started.child.kill('SIGKILL')
      await started.ended
      const ended = await direct('cleanup')
      expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
      await expect.poll(left, { timeout: 30_000 }).toBe('')
    },
  )
})

describe('verify --deploy', () => {
  test('that finds no room says so in the scheduler’s words, and leaves nothing', async () => {
    for (const node of lab.nodes) await lab.kubectl('cordon', node)
    try {
      const ended = await direct('verify', '--deploy', '--agent-timeout', '3')
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
      expect(complaints(ended)[0]).toMatch(
        /0 of 3 pods .* ready: .*Unschedulable: 0\/3 nodes are available: 3 node\(s\) were unschedulable/,
      )
      expect(await left()).toBe('')
    } finally {
      for (const node of lab.nodes) await lab.kubectl('uncordon', node)
    }
  })

  test('that two nodes have room for goes on with two pods, and says so', async () => {
    const [first = ''] = lab.nodes
    await lab.kubectl('cordon', first)
    try {
      const ended = await direct('verify', '--deploy', '--json')
      expect(ended.status).toBe(0)
      expect(resultOf(ended).traces.every(({ from }) => from.node !== first)).toBe(true)
    } finally {
      await lab.kubectl('uncordon', first)
    }
  })
})

describe('ways to a cluster', () => {
  describe('that a proxy leads to', () => {
    let proxy: ConnectProxy
    beforeAll(async () => {
      proxy = await startConnectProxy()
    })
    afterAll(() => proxy.stop())

    /** A kubeconfig whose server has a name that only the proxy can make something of; it is in its certificate. */
    const behind = (more: object): string => {
      const file = join(lab.where.runtime, 'behind-a-proxy')
      const server = `https://kubernetes.default.svc:${new URL(clusterOf(labKubeconfig).server).port}`
      const { users } = parse(readFileSync(labKubeconfig, 'utf8')) as { users: { user: object }[] }
      writeFileSync(file, kubeconfigFor(server, { ...authorityOf(labKubeconfig), ...more }, users[0]!.user))
      return file
    }

    test.each([
      { by: 'HTTPS_PROXY', cluster: () => ({}), environment: () => ({ HTTPS_PROXY: proxy.url }) },
      {
        by: 'proxy-url of the kubeconfig',
        cluster: () => ({ 'proxy-url': proxy.url }),
        environment: () => ({}),
      },
    ])('$by: requests and execs go through it', async ({ cluster, environment }) => {
      const before = proxy.asked.length
      const ended = await withKubeconfig(behind(cluster()), environment())('verify', '--json')
      expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
      expect(resultOf(ended).verdict).toBe('delivered')
      // A tunnel for each exec at the least: a capture in three nodes and three pods, and the probes.
      const tunnels = proxy.asked.slice(before)
      expect(tunnels.length).toBeGreaterThan(10)
      expect(new Set(tunnels).size).toBe(1)
      expect(await left()).toBe('')
    })

    test('NO_PROXY spares the server, whose name then says nothing', async () => {
      const ended = await withKubeconfig(behind({}), { HTTPS_PROXY: proxy.url, NO_PROXY: '.svc' })('verify')
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
      expect(complaints(ended)[0]).toContain('cannot be resolved')
    })

    test('one that is not there is one line', async () => {
      const ended = await withKubeconfig(behind({}), { HTTPS_PROXY: 'http://127.0.0.1:9' })('verify')
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
    })
  })

  test('kubectl podpath is podpath', async () => {
    const bin = join(lab.where.runtime, 'plugins')
    mkdirSync(bin)
    const { bin: bins } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
      bin: Record<string, string>
    }
    const plugin = join(bin, 'kubectl-podpath')
    writeFileSync(
      plugin,
      `#!/bin/sh\nexec ${process.execPath} ${join(checkout, bins['kubectl-podpath'] ?? '')} "$@"\n`,
      { mode: 0o755 },
    )
    const kubectl = (...args: readonly string[]) =>
      run('kubectl', args, {
        timeout: 90_000,
        env: {
          PATH: `${bin}:${process.env['PATH'] ?? ''}`,
          HOME: lab.where.runtime,
          KUBECONFIG: labKubeconfig,
          LANG: 'C.UTF-8',
          PODPATH_RUNTIME_DIR: lab.where.runtime,
        },
      })
    expect((await kubectl('podpath', '--help')).stdout).toMatch(/^Usage: kubectl podpath /)
    expect((await kubectl('podpath', 'trace', '--help')).stdout).toContain(
      '\n  kubectl podpath trace deploy/netshoot-pod www.google.com',
    )
    const dns = await kubectl(
      ...['podpath', 'trace', 'deploy/coredns', 'www.google.com', '-n', 'kube-system', '--json'],
    )
    expect((JSON.parse(dns.stdout) as RunResult).traces[0]?.from.name).toMatch(/^kube-system\/coredns-/)
    rmSync(bin, { recursive: true })
  })
})
