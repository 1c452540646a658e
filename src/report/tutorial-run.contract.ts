import type { Hop, PacketView, Path, Translation } from '../model/path/path.ts'
import type { Check, Endpoint, RunResult, TraceResult } from '../model/result/result.ts'

/** The tutorial's cluster, as small builders: the values that its pictures show. For tests only. */

const domain = 'ap-northeast-2.compute.internal'
export const node1 = `ip-192-168-1-138.${domain}`
export const node2 = `ip-192-168-2-82.${domain}`
export const node3 = `ip-192-168-3-20.${domain}`

export const pod1: Endpoint = {
  kind: 'pod',
  name: 'default/netshoot-pod-79b47d6c48-4xk2p',
  address: '192.168.1.239',
  node: node1,
}
export const pod2: Endpoint = {
  kind: 'pod',
  name: 'default/netshoot-pod-79b47d6c48-b7tqn',
  address: '192.168.2.14',
  node: node2,
}
export const pod3: Endpoint = {
  kind: 'pod',
  name: 'default/netshoot-pod-79b47d6c48-zz8lm',
  address: '192.168.3.143',
  node: node3,
}
export const google: Endpoint = { kind: 'host', name: 'www.google.com', address: '198.51.100.10' }

/** The host ends of the three pods' veth pairs. */
export const veth = {
  [pod1.name]: 'eni211a53c4e3b',
  [pod2.name]: 'eni5d0c19fa7ee',
  [pod3.name]: 'eni9be80f3f651',
}

/** A pod may be named as a method of every object. */
const vethOf = (name: string): string | null =>
  Object.entries(veth).find(([pod]) => pod === name)?.[1] ?? null

export const snatLine =
  '-A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully'

const echo = (src: string, dst: string, ttl: number, reply = false): PacketView => ({
  src,
  dst,
  protocol: 'icmp',
  ttl,
  icmpType: reply ? 0 : 8,
  icmpCode: 0,
  icmpId: 106,
  icmpSequence: 1,
})

const captured = (
  stack: string,
  ports: readonly [string | null, string | null],
  packets: readonly [PacketView | null, PacketView | null],
  times: readonly [number | null, number | null],
): Hop => ({
  stack,
  in: ports[0],
  out: ports[1],
  packetIn: packets[0],
  packetOut: packets[1],
  decisions: [],
  times: { in: times[0], out: times[1] },
  evidence: 'captured',
})

const inferred = (stack: string, packetIn: PacketView | null, packetOut: PacketView | null): Hop => ({
  stack,
  in: null,
  out: null,
  packetIn,
  packetOut,
  decisions: [],
  times: { in: null, out: null },
  evidence: 'inferred',
})

/** A ping from one pod to a pod on another node, seen at every capture point, and its reply. */
export function podToPodPath(from: Endpoint, to: Endpoint): Path {
  const there = (ttl: number): PacketView => echo(from.address, to.address, ttl)
  const back = (ttl: number): PacketView => echo(to.address, from.address, ttl, true)
  return {
    verdict: 'delivered',
    replyVerdict: 'delivered',
    stoppedAt: null,
    forward: [
      captured(`pod/${from.name}`, [null, 'eth0'], [null, there(64)], [null, 1_000_000]),
      captured(
        `node/${from.node}`,
        [vethOf(from.name), 'eth0'],
        [there(64), there(63)],
        [1_003_000, 1_021_000],
      ),
      inferred('vpc/vpc-0d1e2f3a4b5c6d7e8', there(63), there(63)),
      captured(`node/${to.node}`, ['eth0', vethOf(to.name)], [there(63), there(62)], [1_049_000, 1_063_000]),
      captured(`pod/${to.name}`, ['eth0', null], [there(62), null], [1_066_000, null]),
    ],
    reply: [
      captured(`pod/${to.name}`, [null, 'eth0'], [null, back(64)], [null, 1_081_000]),
      captured(`node/${to.node}`, [vethOf(to.name), 'eth0'], [back(64), back(63)], [1_083_000, 1_094_000]),
      inferred('vpc/vpc-0d1e2f3a4b5c6d7e8', back(63), back(63)),
      captured(
        `node/${from.node}`,
        ['eth0', vethOf(from.name)],
        [back(63), back(62)],
        [1_116_000, 1_128_000],
      ),
      captured(`pod/${from.name}`, ['eth0', null], [back(62), null], [1_131_000, null]),
    ],
  }
}

/** A ping from pod 1 to the internet, through both SNATs, and its reply. */
export function podToInternetPath(): Path {
  const node = '192.168.1.138'
  const shown = '203.0.113.38'
  const there = (src: string, ttl: number): PacketView => echo(src, google.address, ttl)
  const back = (dst: string, ttl: number): PacketView => echo(google.address, dst, ttl, true)
  const near = `node/${node1}`
  const host = veth[pod1.name] ?? null
  return {
    verdict: 'delivered',
    replyVerdict: 'delivered',
    stoppedAt: null,
    forward: [
      captured(`pod/${pod1.name}`, [null, 'eth0'], [null, there(pod1.address, 64)], [null, 5_000_000]),
      captured(near, [host, 'eth0'], [there(pod1.address, 64), there(node, 63)], [5_004_000, 5_031_000]),
      inferred('vpc/vpc-0d1e2f3a4b5c6d7e8', there(node, 63), there(node, 63)),
      inferred('igw/igw-0a9b8c7d6e5f40312', there(node, 63), there(shown, 63)),
      inferred('internet', there(shown, 63), null),
    ],
    reply: [
      inferred('internet', null, back(shown, 55)),
      inferred('igw/igw-0a9b8c7d6e5f40312', back(shown, 55), back(node, 55)),
      inferred('vpc/vpc-0d1e2f3a4b5c6d7e8', back(node, 55), back(node, 55)),
      captured(near, ['eth0', host], [back(node, 55), back(pod1.address, 54)], [5_402_000, 5_419_000]),
      captured(`pod/${pod1.name}`, ['eth0', null], [back(pod1.address, 54), null], [5_423_000, null]),
    ],
  }
}

export const translations: readonly Translation[] = [
  { at: `node/${node1}`, kind: 'SNAT', from: '192.168.1.239', to: '192.168.1.138', by: snatLine },
  {
    at: 'igw/igw-0a9b8c7d6e5f40312',
    kind: 'SNAT',
    from: '192.168.1.138',
    to: '203.0.113.38',
    by: 'PrivateIpAddress 192.168.1.138 Association PublicIp 203.0.113.38',
  },
]

const startedAt = '2026-11-22T23:55:53.000Z'

export function podToPodTrace(from: Endpoint, to: Endpoint): TraceResult {
  const path = podToPodPath(from, to)
  return {
    from,
    to,
    startedAt,
    probe: { protocol: 'icmp', sent: 2, received: 2, rttMs: [0.131, 0.118], replyTtl: [62, 62] },
    predicted: path,
    observed: path,
    translations: [],
    agrees: true,
  }
}

export function podToInternetTrace(): TraceResult {
  const path = podToInternetPath()
  return {
    from: pod1,
    to: google,
    startedAt,
    probe: { protocol: 'icmp', sent: 1, received: 1, rttMs: [0.423], replyTtl: [54] },
    predicted: path,
    observed: path,
    translations,
    agrees: true,
  }
}

/** A run of the tutorial in which everything holds; the checks are given. */
export function tutorialRun(podChecks: readonly Check[], internetChecks: readonly Check[]): RunResult {
  return {
    version: 1,
    source: { kind: 'cluster', name: 'lab' },
    verdict: 'delivered',
    startedAt,
    durationMs: 1894,
    traces: [
      podToPodTrace(pod1, pod3),
      podToPodTrace(pod1, pod2),
      podToPodTrace(pod2, pod3),
      podToInternetTrace(),
    ],
    experiments: [
      { id: 'pod-to-pod', title: 'Pod to pod on another node', traces: [0, 1, 2], checks: podChecks },
      { id: 'pod-to-internet', title: 'Pod to the internet', traces: [3], checks: internetChecks },
    ],
    findings: [],
    gaps: [],
    captureFile: '/tmp/podpath-lab.pcapng',
  }
}
