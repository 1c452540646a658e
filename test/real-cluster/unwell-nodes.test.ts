import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../cluster/faulty-api.ts'
import { complaints, realCluster, resultOf } from './cluster.ts'

const cluster = realCluster('real-nodes')
const { direct, left, spoiled } = cluster

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
    const gone = cluster.lab.nodes[2] ?? ''
    const unknown = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    }
    cluster.faulty.spoil(({ path }) =>
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
    const trace = await spoiled('trace', `default/${cluster.lab.pods[2]}`, 'www.google.com')
    expect(trace.status).toBe(3)
    expect(complaints(trace)).toEqual([
      `podpath: no node has a ready agent: node/${gone}: the node is not Ready (Kubelet stopped posting node status)`,
    ])
  })

  test('one whose image cannot be pulled is named, and the others are proven', async () => {
    const broken = cluster.lab.nodes[0] ?? ''
    const pulling = (pod: Item): void => {
      if (pod.spec['nodeName'] !== broken) return
      const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "tools:1"' }
      pod.status = { phase: 'Pending', containerStatuses: [{ image: 'tools:1', state: { waiting } }] }
    }
    cluster.faulty.spoil(({ path, method }) =>
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
    expect(new Set(result.traces.map(({ from }) => from.node))).toEqual(new Set([cluster.lab.nodes[1]]))
    expect(result.traces.map(({ probe }) => probe?.received)).toEqual([2, 1])
    expect(ended.status).toBe(0)

    const snapshot = await spoiled('snapshot', '--out', join(cluster.lab.where.runtime, 'in-part'))
    expect(snapshot.status).toBe(3)
    expect(snapshot.stderr).toContain(
      `in part: 1 of ${cluster.lab.nodes.length} nodes could not be read, and what passes them will be unknown`,
    )
  })

  describe('one that shows Ready, and whose kubelet the API server does not reach', () => {
    /** Execs into the agents of one node fail: from the first one on, or when the run is under way. */
    const unreached = (node: string, fault: Fault, from: RegExp | null = null): void => {
      const agents = new Set<string>()
      let begun = from === null
      cluster.faulty.spoil(({ path, method }) => {
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
      const gone = cluster.lab.nodes[1] ?? ''
      unreached(gone, fault)
      const ended = await spoiled('verify', '--json')
      const result = resultOf(ended)
      const gap = result.gaps.find(({ at }) => at === `node/${gone}`)
      expect(gap?.what).toBe('agent')
      expect(gap?.because).toContain(says)
      expect(result.traces.map(({ from, to }) => [from.node, to.node])).toEqual([
        [cluster.lab.nodes[0], cluster.lab.nodes[2]],
        [cluster.lab.nodes[0], undefined],
      ])
      expect(result.traces.map(({ probe }) => probe?.received)).toEqual([2, 1])
      expect(ended.status).toBe(0)
      expect(await left()).toBe('')
    })

    test('verify goes on when it is lost in the middle of the run', async () => {
      const gone = cluster.lab.nodes[1] ?? ''
      unreached(gone, refusal, /\bping[+&]/)
      const ended = await spoiled('verify', '--json')
      const result = resultOf(ended)
      expect(result.gaps).toContainEqual(
        expect.objectContaining({ at: `pod/default/${cluster.lab.pods[1]}`, what: 'probe' }),
      )
      expect(result.traces.map(({ from }) => from.node)).toEqual(Array(3).fill(cluster.lab.nodes[0]))
      expect(ended.status).toBe(0)
    })

    test('trace follows the packet as far as it can look', async () => {
      const gone = cluster.lab.nodes[2] ?? ''
      unreached(gone, refusal)
      const ended = await spoiled(
        'trace',
        `default/${cluster.lab.pods[0]}`,
        `default/${cluster.lab.pods[2]}`,
        '--json',
      )
      const result = resultOf(ended)
      expect(result.gaps).toContainEqual(expect.objectContaining({ at: `node/${gone}`, what: 'agent' }))
      expect(result.traces[0]?.probe).toMatchObject({ sent: 1, received: 1 })
      expect(result.traces[0]?.observed?.forward.map(({ stack }) => stack)).toContain(
        `node/${cluster.lab.nodes[0]}`,
      )
      expect(ended.status).toBe(0)
    })

    test('trace from it is one line that names it', async () => {
      const gone = cluster.lab.nodes[2] ?? ''
      unreached(gone, refusal)
      const ended = await spoiled('trace', `default/${cluster.lab.pods[2]}`, `default/${cluster.lab.pods[0]}`)
      expect(ended.status).toBe(3)
      expect(complaints(ended)).toHaveLength(1)
      expect(complaints(ended)[0]).toContain(`node ${gone} has no agent`)
      expect(complaints(ended)[0]).toContain('i/o timeout')
    })

    test('snapshot records the others', async () => {
      const gone = cluster.lab.nodes[2] ?? ''
      unreached(gone, refusal)
      const out = join(cluster.lab.where.runtime, 'two-nodes')
      const ended = await spoiled('snapshot', '--out', out)
      expect(ended.stderr).toMatch(new RegExp(`not recorded: .*node/${gone}: .*i/o timeout`))
      const index = JSON.parse(readFileSync(join(out, 'bundle.json'), 'utf8')) as {
        stacks: { id: string }[]
      }
      const recorded = index.stacks.map(({ id }) => id)
      expect(recorded).toContain(`node/${cluster.lab.nodes[0]}`)
      expect(recorded).not.toContain(`node/${gone}`)
      expect(ended.status).toBe(3)
    })
  })

  test('cordoned and tainted ones are looked at all the same', async () => {
    const [first = '', second = ''] = cluster.lab.nodes
    await cluster.lab.kubectl('cordon', first)
    await cluster.lab.kubectl('taint', 'node', second, 'dedicated=gpu:NoSchedule')
    try {
      const ended = await direct('verify', '--json')
      expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
      expect(resultOf(ended).traces).toHaveLength(4)
    } finally {
      await cluster.lab.kubectl('uncordon', first)
      await cluster.lab.kubectl('taint', 'node', second, 'dedicated-')
    }
  })

  test('--node-selector leaves the others out and says so', async () => {
    await cluster.lab.kubectl('label', 'node', cluster.lab.nodes[0] ?? '', 'debug=yes')
    const ended = await direct(
      'snapshot',
      '--out',
      join(cluster.lab.where.runtime, 'one'),
      '--node-selector',
      'debug=yes',
    )
    expect(ended.status).toBe(0)
    expect(ended.stderr).toContain(
      `not recorded: stack of node/${cluster.lab.nodes[1]}: left out by --node-selector (it has no debug=yes)`,
    )
  })
})

describe('pods that are not well', () => {
  test('one that ends meanwhile is one line', async () => {
    await cluster.lab.kubectl('run', 'short', '--image=nicolaka/netshoot', '--command', '--', 'sleep', '600')
    await cluster.lab.kubectl('wait', '--for=condition=Ready', 'pod/short', '--timeout=30s')
    let ending = false
    cluster.faulty.spoil(({ path }) => {
      if (path.includes('/exec') && !ending) {
        ending = true
        void cluster.lab.kubectl('delete', 'pod', 'short', '--force', '--grace-period=0')
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
    await cluster.lab.kubectl('run', 'distroless', '--image=gcr.io/distroless/static-debian12')
    await cluster.lab.kubectl('wait', '--for=condition=Ready', 'pod/distroless', '--timeout=30s')
    const ended = await direct('trace', 'default/distroless', 'www.google.com', '--json')
    expect(resultOf(ended).traces[0]?.probe).toMatchObject({ sent: 1, received: 1 })
    await cluster.lab.kubectl('delete', 'pod', 'distroless')
  })
})
