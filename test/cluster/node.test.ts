import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agents } from '../../src/cluster/agent/agent.ts'
import { startCapture } from '../../src/cluster/capture/capture.ts'
import { probeMany } from '../../src/cluster/probe/probe-many.ts'
import { sendProbe } from '../../src/cluster/probe/probe.ts'
import { imagePrograms } from '../../src/cluster/reach/programs.ts'
import { readRecording } from '../../src/cluster/collect/snapshot.ts'
import { snapshotArgv } from '../../src/cluster/collect/snapshot-script.ts'
import { vethWires } from '../../src/cluster/collect/wires.ts'
import { collect } from '../../src/exec/collect.ts'
import { formatIp } from '../../src/model/address/address.ts'
import { podA, podB, startNode } from './namespaces.ts'
import type { TestNode } from './namespaces.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode()
})
afterAll(() => node?.remove())

const agent = () => ({ node: 'n1', runner: node.runner, programs: imagePrograms })
const agents = (): Agents => ({ namespace: 'test', byNode: new Map([['n1', agent()]]), gaps: [] })

describe('a snapshot', () => {
  test('holds the node and its pods, found by their addresses, and says which pod is not there', async () => {
    const gone = { address: '192.168.1.9', uid: '' }
    const said = await collect(node.runner, snapshotArgv([podA, gone, podB]))
    const ids = ['node/n1', 'pod/default/a', 'pod/default/gone', 'pod/default/b']
    const { stacks, files, gaps, links } = readRecording(agent(), ids, said.stdout, said.stderr)
    expect(stacks.map((stack) => stack.id)).toEqual(['node/n1', 'pod/default/a', 'pod/default/b'])
    expect(gaps).toEqual([
      {
        at: 'pod/default/gone',
        what: 'stack',
        because: 'no process on this node has a network namespace with the address 192.168.1.9',
      },
    ])
    const of = new Map(files)
    expect(of.get('stacks/node_n1/iptables-save.txt')).toContain(
      '-A POSTROUTING ! -d 192.168.0.0/16 -m comment --comment "AWS, SNAT" -j SNAT --to-source 192.168.1.138',
    )
    expect(of.get('stacks/node_n1/sysctl.txt')).toContain('net.ipv4.ip_forward = 1\n')
    expect(of.get('stacks/pod_default_a/sysctl.txt')).toContain('net.ipv4.conf.eth0.rp_filter = ')
    expect(JSON.parse(of.get('stacks/pod_default_a/neigh.json') ?? '')).toMatchObject([
      { dst: '169.254.1.1', dev: 'eth0', state: ['PERMANENT'] },
    ])
    expect(vethWires(links)).toEqual([
      { a: ['pod/default/a', 'eth0'], b: ['node/n1', 'enia'] },
      { a: ['pod/default/b', 'eth0'], b: ['node/n1', 'enib'] },
    ])
  })
})

describe('a probe', () => {
  const ping = { protocol: 'icmp', count: 2, intervalMs: 20, timeoutMs: 1000 } as const

  test('is sent from the pod, and its replies have crossed the node once', async () => {
    const { outcome, destination } = await sendProbe(agent(), podA, { ...ping, target: podB.address })
    expect(outcome).toMatchObject({ protocol: 'icmp', sent: 2, received: 2, replyTtl: [63, 63] })
    expect(destination).toBe(podB.address)
  })

  test("resolves names with the pod's own files", async () => {
    const { destination } = await sendProbe(agent(), podA, {
      ...ping,
      count: 1,
      timeoutMs: 200,
      target: 'only-in-a',
    })
    expect(destination).toBe('10.99.0.9')
    const other = await sendProbe(agent(), podB, { ...ping, count: 1, timeoutMs: 200, target: 'only-in-a' })
    expect(other.outcome).toMatchObject({ sent: 0, received: 0 })
    expect(other.outcome.error).toMatch(/name resolution|not known/)
    expect(other.destination).toBeNull()
  })

  test('from the node leaves from the node', async () => {
    const { outcome } = await sendProbe(agent(), null, { ...ping, target: podB.address })
    expect(outcome).toMatchObject({ received: 2, replyTtl: [64, 64] })
  })

  test.each([
    { protocol: 'tcp', port: 81, error: 'Connection refused' },
    { protocol: 'udp', port: 81, error: 'Connection refused' },
    { protocol: 'http', port: 81, error: /Failed to connect|Couldn't connect/ },
  ] as const)('$protocol to a closed port is refused', async ({ protocol, port, error }) => {
    const { outcome, destination } = await sendProbe(agent(), podA, {
      protocol,
      port,
      target: podB.address,
      count: 1,
      timeoutMs: 1000,
    })
    expect(outcome).toMatchObject({ sent: 1, received: 0 })
    expect(outcome.error).toMatch(error)
    if (protocol !== 'http') expect(destination).toBe(podB.address)
  })

  test('a pod that is not on the node is an error', async () => {
    await expect(
      sendProbe(agent(), { address: '192.168.1.9', uid: '' }, { ...ping, target: podB.address }),
    ).rejects.toThrow('node n1: no process on this node')
  })
})

describe('many probes', () => {
  const gone = { address: '192.168.1.9', uid: '' }
  const to = (...addresses: readonly string[]) => addresses.map((address) => ({ address }))
  const none = () => undefined
  const silent = '192.168.1.77'

  test('echoes of all senders: answers, silence, no pod, no way, told pair by pair', async () => {
    // Its ARP has no answer: an ICMP error of the node says so after three seconds, or nobody does before that.
    const senders = [
      { pod: podA, targets: to(podB.address, silent, podB.address, '192.168.1.138') },
      { pod: gone, targets: to(podB.address) },
      { pod: podB, targets: to(podA.address) },
      { pod: null, targets: to(podA.address, '203.0.113.1') },
    ]
    let told = 0
    const outcomes = await probeMany(agent(), { protocol: 'icmp', timeoutMs: 1000, senders }, (n) => {
      told += n
    })
    expect(outcomes.map((row) => row.map(({ outcome }) => outcome))).toEqual([
      ['answered', 'silent', 'answered', 'answered'],
      ['not-sent'],
      ['answered'],
      ['answered', 'not-sent'],
    ])
    expect(outcomes[1]?.[0]?.error).toMatch(/no process on this node .*has the pod moved or ended\?/)
    expect(outcomes[3]?.[1]?.error).toBe('connect: Network is unreachable')
    expect(told).toBe(8)
  })

  test('connections: a listener, a closed port, silence', async () => {
    await node.runner.run(['iptables', '-I', 'FORWARD', '-p', 'tcp', '--dport', '99', '-j', 'DROP'])
    const senders = [
      {
        pod: podA,
        targets: [
          { address: podB.address, port: 81 },
          { address: podB.address, port: 99 },
          { address: podB.address, port: 82 },
        ],
      },
      { pod: podB, targets: [{ address: podA.address, port: 81 }] },
    ]
    const outcomes = await probeMany(agent(), { protocol: 'tcp', timeoutMs: 1000, senders }, none)
    expect(outcomes.map((row) => row.map(({ outcome }) => outcome))).toEqual([
      ['refused', 'silent', 'refused'],
      ['refused'],
    ])
  })

  test('more than one exec takes are tried in some of them, each pair once', async () => {
    const targets = Array.from({ length: 4010 }, () => ({ address: podB.address }))
    const said: number[] = []
    const [row] = await probeMany(
      agent(),
      { protocol: 'icmp', timeoutMs: 1000, senders: [{ pod: null, targets }] },
      (pairs) => said.push(pairs),
    )
    expect(said).toEqual([4000, 10])
    expect(row?.filter(({ outcome }) => outcome === 'answered')).toHaveLength(4010)
  }, 120_000)

  test('what is no address is refused before anything runs', async () => {
    const senders = [{ pod: null, targets: to('$(id)') }]
    await expect(
      probeMany(agent(), { protocol: 'icmp', timeoutMs: 1000, senders }, none),
    ).rejects.toMatchObject({ code: 'bad-endpoint' })
  })

  test('an abort ends it and leaves nothing running', async () => {
    const controller = new AbortController()
    const targets = Array.from({ length: 2000 }, () => ({ address: silent }))
    const asked = probeMany(
      agent(),
      { protocol: 'icmp', timeoutMs: 1000, senders: [{ pod: podA, targets }] },
      none,
      controller.signal,
    )
    setTimeout(() => controller.abort(), 500)
    await expect(asked).rejects.toMatchObject({ code: 'aborted' })
    // The node's first process waits for nobody: what has ended stays there as a zombie.
    const left = async () =>
      (await node.runner.run(['pgrep', '-r', 'R,S,D', '-x', 'ping|fping|xargs'])).stdout
    await expect.poll(left, { timeout: 5000 }).toBe('')
  })
})

describe('a capture', () => {
  test('sees every packet of a probe that is sent once it is ready, in every stack', async () => {
    const stacks = [
      { id: 'node/n1', node: 'n1', pod: null },
      { id: 'pod/default/a', node: 'n1', pod: podA },
      { id: 'pod/default/b', node: 'n1', pod: podB },
    ]
    const capture = startCapture({ agents: agents(), stacks, filter: 'icmp' })
    expect(await capture.ready).toEqual([])
    await sendProbe(agent(), podA, {
      protocol: 'icmp',
      count: 3,
      intervalMs: 2,
      timeoutMs: 1000,
      target: podB.address,
    })
    const results = await capture.stop()
    const seen = results.map(({ stack, sightings, problem, dropped, proven }) => ({
      stack,
      problem,
      dropped,
      proven,
      packets: sightings.map(
        ({ point, direction, packet }) =>
          `${point.interface} ${direction} ${formatIp(packet.source)} > ${formatIp(packet.destination)}`,
      ),
    }))
    const there = '192.168.1.239 > 192.168.1.147'
    const back = '192.168.1.147 > 192.168.1.239'
    const thrice = (...lines: string[]) => [...lines, ...lines, ...lines]
    const whole = { problem: null, dropped: 0, proven: { start: true, end: true } }
    expect(seen).toEqual([
      {
        stack: 'node/n1',
        ...whole,
        packets: thrice(`enia in ${there}`, `enib out ${there}`, `enib in ${back}`, `enia out ${back}`),
      },
      { stack: 'pod/default/a', ...whole, packets: thrice(`eth0 out ${there}`, `eth0 in ${back}`) },
      { stack: 'pod/default/b', ...whole, packets: thrice(`eth0 in ${there}`, `eth0 out ${back}`) },
    ])
    for (const { clock } of results) {
      // The same machine, the same clock.
      const ahead = clock?.nanoseconds ?? 0n
      expect(ahead < 0n ? -ahead : ahead).toBeLessThanOrEqual(clock?.uncertainty ?? 0n)
    }
  })

  test('a filter that tcpdump does not understand is a gap with its words', async () => {
    const capture = startCapture({
      agents: agents(),
      stacks: [{ id: 'node/n1', node: 'n1', pod: null }],
      filter: 'no such filter',
    })
    const [gap] = await capture.ready
    expect(gap?.because).toMatch(/syntax error|can't parse filter/)
    const [result] = await capture.stop()
    expect(result).toMatchObject({ proven: { start: false, end: false } })
  })

  test('without loopback nothing proves that it listens, and the result says so', async () => {
    await node.runner.run(['ip', 'link', 'set', 'lo', 'down'])
    const capture = startCapture({
      agents: agents(),
      stacks: [{ id: 'node/n1', node: 'n1', pod: null }],
      filter: 'icmp',
    })
    const [gap] = await capture.ready
    expect(gap?.because).toContain('loopback')
    const [result] = await capture.stop()
    await node.runner.run(['ip', 'link', 'set', 'lo', 'up'])
    expect(result).toMatchObject({ proven: { start: false, end: false }, problem: null })
  })

  test('an abort leaves no tcpdump behind', async () => {
    const controller = new AbortController()
    const capture = startCapture({
      agents: agents(),
      stacks: [{ id: 'pod/default/a', node: 'n1', pod: podA }],
      filter: 'icmp',
      signal: controller.signal,
    })
    await capture.ready
    controller.abort()
    const [result] = await capture.stop()
    expect(result?.problem).not.toBeNull()
    // Its input has ended; it needs a moment to see that.
    const left = async () => (await node.runner.run(['pgrep', '-x', 'tcpdump'])).stdout
    await expect.poll(left, { timeout: 5000 }).toBe('')
  })
})
