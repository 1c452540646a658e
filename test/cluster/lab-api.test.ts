import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBundle } from '../../src/bundle/read.ts'
import { validateBundle } from '../../src/bundle/validate.ts'
import { writeBundle } from '../../src/bundle/write.ts'
import type { AgentSettings } from '../../src/cluster/agent/manifests.ts'
import type { Agents } from '../../src/cluster/agent/agent.ts'
import { withAgent } from '../../src/cluster/agent/agent.ts'
import { startCapture } from '../../src/cluster/capture/capture.ts'
import { cleanUp, findOwn } from '../../src/cluster/agent/cleanup.ts'
import { ClusterError } from '../../src/cluster/api/cluster-error.ts'
import type { LeftBehind } from '../../src/cluster/agent/created-objects.ts'
import { connect } from '../../src/cluster/access/connect.ts'
import type { Cluster } from '../../src/cluster/access/connect.ts'
import type { ClusterFacts } from '../../src/kubernetes/facts.ts'
import { readFacts } from '../../src/cluster/collect/read-facts.ts'
import { textAt } from '../../src/edge/fields.ts'
import { podRunner } from '../../src/cluster/agent/pod-runner.ts'
import { sendProbe } from '../../src/cluster/probe/probe.ts'
import { resolveEndpoint } from '../../src/endpoints/resolve.ts'
import { takeSnapshot } from '../../src/cluster/collect/snapshot.ts'
import { runnerContract } from '../../src/exec/runner.contract.ts'
import { startTestCluster } from '../kubernetes/test-cluster.ts'
import type { TestCluster } from '../kubernetes/test-cluster.ts'

let server: TestCluster
let cluster: Cluster
let facts: ClusterFacts
beforeAll(async () => {
  server = await startTestCluster()
  cluster = await connect({ kubeconfig: server.kubeconfig, env: {} })
  facts = await readFacts(cluster.api)
})
afterAll(async () => {
  cluster?.close()
  await server?.stop()
})

/** The test pod on the first node. */
const netshoot = () => facts.pods.filter((pod) => pod.name.startsWith('netshoot-pod-'))[0]!

runnerContract(
  'the pod runner',
  () =>
    podRunner(cluster.api.access, { namespace: 'default', pod: netshoot().name, container: 'netshoot-pod' }),
  { missingProgram: 'exit-status' },
)

const ownNamespaces = async (): Promise<readonly string[]> => {
  const { items } = await cluster.api.list('/api/v1/namespaces')
  return items.flatMap((item) => {
    const name = textAt(item, 'metadata', 'name') ?? ''
    return name.startsWith('podpath-') && textAt(item, 'status', 'phase') === 'Active' ? [name] : []
  })
}
const leftovers: LeftBehind[] = []
const options = (settings: AgentSettings = {}) => ({
  nodes: facts.nodes,
  settings,
  left: (left: LeftBehind) => void leftovers.push(left),
})
const lend = async (agents: Agents) => agents

describe('the agent', () => {
  test('is ready on every node, in a namespace that says whose it is, and is gone afterwards', async () => {
    const seen = await withAgent(cluster, { ...options(), suffix: 'a1' }, async (agents) => {
      expect(await ownNamespaces()).toEqual(['podpath-a1'])
      const said = await Promise.all(
        [...agents.byNode.values()].map((agent) => agent.runner.run(['echo', agent.node])),
      )
      return said.map(({ stdout }) => stdout.trim())
    })
    expect(seen.sort()).toEqual(facts.nodes.map((node) => node.name).sort())
    expect(await ownNamespaces()).toEqual([])
    expect(leftovers).toEqual([])
  })

  test('runs only where it is wanted', async () => {
    const [first] = facts.nodes
    const pods = await withAgent(cluster, { ...options(), suffix: 'a2', nodes: [first!] }, async () => {
      const { items } = await cluster.api.list('/api/v1/namespaces/podpath-a2/pods')
      return items.map((item) => textAt(item, 'spec', 'nodeName'))
    })
    expect(pods).toEqual([first!.name])
  })

  test('is removed after an error, which comes through as it was', async () => {
    const mistake = new Error('of mine')
    await expect(withAgent(cluster, options(), () => Promise.reject(mistake))).rejects.toBe(mistake)
    expect(await ownNamespaces()).toEqual([])
  })

  test.each([0, 5, 20, 60])('is removed after an abort %d ms into its creation', async (ms) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), ms)
    const going = withAgent(cluster, { ...options(), signal: controller.signal }, async ({ byNode }) => {
      const [agent] = byNode.values()
      await agent!.runner.run(['sleep', '60'], { signal: controller.signal })
    })
    await expect(going).rejects.toThrow(/stopped/)
    expect(await ownNamespaces()).toEqual([])
  })

  test('a node that is gone is a gap that nobody waits for, and the others are used', async () => {
    const gone = {
      ...facts.nodes[0]!,
      name: 'gone',
      ready: false,
      alive: false,
      unreadyBecause: 'Kubelet stopped posting node status',
    }
    const { byNode, gaps } = await withAgent(cluster, { ...options(), nodes: [gone, ...facts.nodes] }, lend)
    expect(byNode.size).toBe(3)
    const because = 'the node is not Ready (Kubelet stopped posting node status)'
    expect(gaps).toEqual([{ at: 'node/gone', what: 'agent', because }])
  })

  test('that does not become ready in time is an error, and is removed', async () => {
    const never = withAgent(cluster, options({ readyTimeoutMs: 1 }), lend)
    await expect(never).rejects.toMatchObject({ code: 'agent-not-ready' })
    expect(await ownNamespaces()).toEqual([])
  })
})

describe('cleanup', () => {
  test('finds by label what was left behind, and removes nothing else', async () => {
    const before = (await cluster.api.list('/api/v1/namespaces')).items.length
    for (const name of ['podpath-left', 'somebody-else'])
      await cluster.api.create('/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name,
          labels: name === 'podpath-left' ? { 'app.kubernetes.io/managed-by': 'podpath' } : {},
        },
      })
    const found = await findOwn(cluster)
    expect(found.map(({ object }) => object)).toEqual([
      { kind: 'namespace', namespace: null, name: 'podpath-left' },
    ])
    const patienceMs = 20_000
    expect(await cleanUp(cluster, found, { patienceMs })).toEqual({ removed: found, ending: [], left: [] })
    expect(await findOwn(cluster)).toEqual([])
    // Somebody else was faster: gone is gone.
    expect(await cleanUp(cluster, found, { patienceMs })).toEqual({ removed: found, ending: [], left: [] })
    await cluster.api.remove('/api/v1/namespaces/somebody-else')
    expect((await cluster.api.list('/api/v1/namespaces')).items.length).toBe(before)
  })
})

describe('what the user typed', () => {
  const resolve = (typed: string) =>
    resolveEndpoint(typed, facts, {
      namespace: 'default',
      deployment: (namespace, name) =>
        cluster.api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
    })

  test('a deployment means its pods', async () => {
    const ends = await resolve('deploy/netshoot-pod')
    expect(ends.map(({ endpoint }) => endpoint.address).sort()).toEqual([
      '192.168.1.239',
      '192.168.2.31',
      '192.168.3.143',
    ])
  })

  test('a deployment that is not there is one clear line', async () => {
    await expect(resolve('deploy/nothing')).rejects.toThrow(
      'there is no deployment "nothing" in namespace "default"',
    )
  })

  test("a service is its cluster address and its only port's number", async () => {
    const [dns] = await resolve('svc/kube-system/kube-dns:53')
    expect(dns?.endpoint).toMatchObject({
      kind: 'service',
      address: '10.100.0.10',
      name: 'kube-system/kube-dns:53',
    })
  })
})

test('a snapshot survives being written and read', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'podpath-bundle-'))
  try {
    const bundle = await withAgent(cluster, options(), (agents) =>
      takeSnapshot({ source: cluster.name, facts, agents, pods: [], ec2: null, created: new Date(0) }),
    )
    expect(bundle.index.stacks.map(({ id }) => id).sort()).toEqual(
      facts.nodes.map(({ name }) => `node/${name}`).sort(),
    )
    expect(bundle.index.gaps).toEqual([])
    await writeBundle(bundle, directory)
    const again = await readBundle(directory)
    expect(again.index).toEqual(bundle.index)
    expect([...again.files].sort()).toEqual([...bundle.files].sort())
    expect(validateBundle(again)).toEqual([])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a snapshot that is stopped says so', async () => {
  const signal = AbortSignal.abort()
  await withAgent(cluster, options(), async (agents) => {
    const going = takeSnapshot({
      source: 'x',
      facts,
      agents,
      pods: [],
      ec2: null,
      created: new Date(0),
      signal,
    })
    await expect(going).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('captures and probes work through the API server', async () => {
  await withAgent(cluster, options(), async (agents) => {
    const stacks = facts.nodes.map((node) => ({ id: `node/${node.name}`, node: node.name, pod: null }))
    const capture = startCapture({ agents, stacks, filter: 'icmp' })
    expect(await capture.ready).toEqual([])
    const [agent] = agents.byNode.values()
    const probed = await sendProbe(agent!, null, {
      protocol: 'icmp',
      target: '::1',
      count: 1,
      timeoutMs: 1000,
    })
    expect(probed.outcome).toMatchObject({ sent: 1, received: 1 })
    for (const result of await capture.stop())
      expect(result).toMatchObject({ problem: null, dropped: 0, proven: { start: true, end: true } })
  })
})

test('a connection that breaks ends the tcpdump at its other end', async () => {
  // A length that no other tcpdump of this machine uses tells ours apart.
  const snapLength = 100_000 + (process.pid % 100_000)
  await withAgent(cluster, options(), async (agents) => {
    const [agent] = agents.byNode.values()
    const running = async () =>
      (await agent!.runner.run(['pgrep', '-f', `^tcpdump .* -s ${snapLength} `])).stdout.trim()
    const controller = new AbortController()
    const capture = startCapture({
      agents,
      stacks: [{ id: `node/${agent!.node}`, node: agent!.node, pod: null }],
      filter: 'icmp',
      snapLength,
      signal: controller.signal,
    })
    expect(await capture.ready).toEqual([])
    expect(await running()).toMatch(/^\d+$/)
    controller.abort()
    const [result] = await capture.stop()
    expect(result?.problem).toContain('stopped by the caller')
    await expect.poll(running, { timeout: 5000 }).toBe('')
  })
})

test('what is not there is a ClusterError', async () => {
  const asked = cluster.api.get('/apis/apps/v1/namespaces/default/deployments/nobody')
  await expect(asked).rejects.toBeInstanceOf(ClusterError)
  await expect(asked).rejects.toMatchObject({ code: 'not-found' })
})
