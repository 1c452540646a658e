import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import type { Hop } from '../../model/path/path.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import { probeComments } from './comment.ts'
import type { FollowInput, FollowStack, ProbeFlow } from './input.ts'
import { follow, type Observation } from './follow.ts'
import { readSightings } from '../files/sighting-reader.ts'

/** What tcpdump wrote in two pods and two nodes while test/capture/make-fixtures.sh sent its probes. */
const stacks = [
  { stack: 'pod/default/pod1', file: 'pod1', addresses: ['192.168.1.239', 'fd00::1'] },
  { stack: 'node/node1', file: 'node1', addresses: ['192.168.1.138', 'fd00::2'] },
  { stack: 'node/node3', file: 'node3', addresses: ['192.168.3.20'] },
  { stack: 'pod/default/pod3', file: 'pod3', addresses: ['192.168.3.143'] },
]

const read = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

const sightings = stacks.flatMap(({ stack, file }, capture) => {
  const links = JSON.parse(read(`${file}.link.json`).toString()) as { ifindex: number; ifname: string }[]
  const interfaces = new Map(links.map((link) => [link.ifindex, link.ifname]))
  return readSightings(read(`${file}.pcap`), { capture, stack, interfaces }).sightings
})

const watched = (change: Partial<Record<string, Partial<FollowStack>>> = {}): FollowStack[] =>
  stacks.map(({ stack, addresses }) => ({
    stack,
    captured: 'any',
    dropped: 0,
    addresses: addresses.map(ip),
    ...change[stack],
  }))

const flow = (destination: string, protocol: number, more: Partial<ProbeFlow> = {}): ProbeFlow => ({
  from: 'pod/default/pod1',
  source: null,
  destination: ip(destination),
  protocol,
  window: { from: 0n, to: 1n << 63n },
  ...more,
})

const observe = (probe: ProbeFlow, change: Partial<FollowInput> = {}): Observation =>
  follow({
    sightings,
    stacks: watched(),
    wires: [
      { a: ['pod/default/pod1', 'eth0'], b: ['node/node1', 'eni1'] },
      { a: ['pod/default/pod3', 'eth0'], b: ['node/node3', 'eni3'] },
    ],
    flow: probe,
    vpc: {
      id: 'vpc-1',
      prefixes: [prefix('192.168.0.0/16')],
      egressPath: (source) => [
        { stack: 'vpc/vpc-1', source },
        { stack: 'igw/igw-1', source: source === ip('192.168.1.138') ? ip('203.0.113.10') : null },
        { stack: 'internet', source: null },
      ],
    },
    epoch: sightings[0]!.time,
    ...change,
  })

const hop = ({ stack, in: into, out, packetIn, packetOut, evidence }: Hop): string => {
  const packet = packetOut ?? packetIn
  const ttl = packet?.ttl === undefined ? '' : ` ttl ${packet.ttl}`
  const place = `${into ?? ''}[${stack}]${out ?? ''}`
  return `${place} ${packet ? `${packet.src} > ${packet.dst}` : '?'}${ttl}${evidence === 'inferred' ? ' (inferred)' : ''}`
}

const way = (observation: Observation, i = 0): string => {
  const probe = observation.probes[i]
  if (!probe) return 'not sent'
  const { path, translations, replyTranslations, answer, loss } = probe
  return [
    `${path.verdict}, reply ${path.replyVerdict}${path.stoppedAt ? `, stopped at ${path.stoppedAt}` : ''}`,
    ...path.forward.map((h) => `  > ${hop(h)}`),
    ...path.reply.map((h) => `  < ${hop(h)}`),
    ...translations.map((t) => `  ${t.at} ${t.kind} ${t.from} to ${t.to}, ${t.evidence}`),
    ...replyTranslations.map((t) => `  reply: ${t.at} ${t.kind} ${t.from} to ${t.to}, ${t.evidence}`),
    ...(answer ? [`  answer: ${answer}`] : []),
    ...(loss
      ? [`  lost: ${loss.direction} ${loss.reason} at ${loss.at}${loss.certain ? '' : ', perhaps'}`]
      : []),
  ].join('\n')
}

describe('real captures, followed', () => {
  test('pod to pod between nodes: five hops, addresses unchanged, ttl 62 at the end', () => {
    expect(observe(flow('192.168.3.143', 1)).probes.length).toBe(3)
    expect(way(observe(flow('192.168.3.143', 1)))).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 192.168.1.239 > 192.168.3.143 ttl 64
        > eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63
        > [vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        > eth0[node/node3]eni3 192.168.1.239 > 192.168.3.143 ttl 62
        > eth0[pod/default/pod3] 192.168.1.239 > 192.168.3.143 ttl 62
        < [pod/default/pod3]eth0 192.168.3.143 > 192.168.1.239 ttl 64
        < eni3[node/node3]eth0 192.168.3.143 > 192.168.1.239 ttl 63
        < [vpc/vpc-1] 192.168.3.143 > 192.168.1.239 ttl 63 (inferred)
        < eth0[node/node1]eni1 192.168.3.143 > 192.168.1.239 ttl 62
        < eth0[pod/default/pod1] 192.168.3.143 > 192.168.1.239 ttl 62
        answer: echo-reply"
    `)
  })

  test('what a service of AWS answered came from its ENI', () => {
    const beyond = ['node/node3', 'pod/default/pod3']
    const observation = observe(flow('192.168.3.143', 1), {
      sightings: sightings.filter(({ point }) => !beyond.includes(point.stack)),
      stacks: watched().filter(({ stack }) => !beyond.includes(stack)),
      wires: [{ a: ['pod/default/pod1', 'eth0'], b: ['node/node1', 'eni1'] }],
      vpc: {
        id: 'vpc-1',
        prefixes: [prefix('192.168.0.0/16')],
        egressPath: () => [],
        managed: new Map([[ip('192.168.3.143'), 'eni-9']]),
      },
    })
    expect(way(observation)).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 192.168.1.239 > 192.168.3.143 ttl 64
        > eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63
        > [vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        > [eni-9] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        < [eni-9] 192.168.3.143 > 192.168.1.239 ttl 63 (inferred)
        < [vpc/vpc-1] 192.168.3.143 > 192.168.1.239 ttl 63 (inferred)
        < eth0[node/node1]eni1 192.168.3.143 > 192.168.1.239 ttl 62
        < eth0[pod/default/pod1] 192.168.3.143 > 192.168.1.239 ttl 62
        answer: echo-reply"
    `)
  })

  test('pod to internet: SNAT on the node, SNAT at the gateway, undone in the opposite order', () => {
    expect(way(observe(flow('198.51.100.7', 1)))).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 192.168.1.239 > 198.51.100.7 ttl 64
        > eni1[node/node1]eth0 192.168.1.138 > 198.51.100.7 ttl 63
        > [vpc/vpc-1] 192.168.1.138 > 198.51.100.7 ttl 63 (inferred)
        > [igw/igw-1] 203.0.113.10 > 198.51.100.7 (inferred)
        > [internet] 203.0.113.10 > 198.51.100.7 (inferred)
        < [internet] 198.51.100.7 > 203.0.113.10 (inferred)
        < [igw/igw-1] 198.51.100.7 > 192.168.1.138 ttl 64 (inferred)
        < [vpc/vpc-1] 198.51.100.7 > 192.168.1.138 ttl 64 (inferred)
        < eth0[node/node1]eni1 198.51.100.7 > 192.168.1.239 ttl 63
        < eth0[pod/default/pod1] 198.51.100.7 > 192.168.1.239 ttl 63
        node/node1 SNAT 192.168.1.239 to 192.168.1.138, captured
        igw/igw-1 SNAT 192.168.1.138 to 203.0.113.10, inferred
        reply: igw/igw-1 DNAT 203.0.113.10 to 192.168.1.138, inferred
        reply: node/node1 DNAT 192.168.1.138 to 192.168.1.239, captured
        answer: echo-reply"
    `)
  })
  test('behind a NAT gateway: its address, then the internet gateway’s, undone in the opposite order', () => {
    const natAddress = ip('192.168.9.7')
    const observation = observe(flow('198.51.100.7', 1), {
      vpc: {
        id: 'vpc-1',
        prefixes: [prefix('192.168.0.0/16')],
        egressPath: (source) => [
          { stack: 'vpc/vpc-1', source },
          { stack: 'nat/nat-1', source: natAddress, choosesPort: true },
          { stack: 'vpc/vpc-1', source: natAddress },
          { stack: 'igw/igw-1', source: ip('203.0.113.77') },
          { stack: 'internet', source: null },
        ],
      },
    })
    expect(way(observation)).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 192.168.1.239 > 198.51.100.7 ttl 64
        > eni1[node/node1]eth0 192.168.1.138 > 198.51.100.7 ttl 63
        > [vpc/vpc-1] 192.168.1.138 > 198.51.100.7 ttl 63 (inferred)
        > [nat/nat-1] 192.168.9.7 > 198.51.100.7 (inferred)
        > [vpc/vpc-1] 192.168.9.7 > 198.51.100.7 (inferred)
        > [igw/igw-1] 203.0.113.77 > 198.51.100.7 (inferred)
        > [internet] 203.0.113.77 > 198.51.100.7 (inferred)
        < [internet] 198.51.100.7 > 203.0.113.77 (inferred)
        < [igw/igw-1] 198.51.100.7 > 192.168.9.7 (inferred)
        < [vpc/vpc-1] 198.51.100.7 > 192.168.9.7 (inferred)
        < [nat/nat-1] 198.51.100.7 > 192.168.1.138 ttl 64 (inferred)
        < [vpc/vpc-1] 198.51.100.7 > 192.168.1.138 ttl 64 (inferred)
        < eth0[node/node1]eni1 198.51.100.7 > 192.168.1.239 ttl 63
        < eth0[pod/default/pod1] 198.51.100.7 > 192.168.1.239 ttl 63
        node/node1 SNAT 192.168.1.239 to 192.168.1.138, captured
        nat/nat-1 SNAT 192.168.1.138 to 192.168.9.7, inferred
        igw/igw-1 SNAT 192.168.9.7 to 203.0.113.77, inferred
        reply: igw/igw-1 DNAT 203.0.113.77 to 192.168.9.7, inferred
        reply: nat/nat-1 DNAT 192.168.9.7 to 192.168.1.138, inferred
        reply: node/node1 DNAT 192.168.1.138 to 192.168.1.239, captured
        answer: echo-reply"
    `)
  })

  test('a datagram to a Service: DNAT on the first node', () => {
    expect(way(observe(flow('10.100.0.10', 17, { destinationPort: 53 })))).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 192.168.1.239 > 10.100.0.10 ttl 64
        > eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63
        > [vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        > eth0[node/node3]eni3 192.168.1.239 > 192.168.3.143 ttl 62
        > eth0[pod/default/pod3] 192.168.1.239 > 192.168.3.143 ttl 62
        < [pod/default/pod3]eth0 192.168.3.143 > 192.168.1.239 ttl 64
        < eni3[node/node3]eth0 192.168.3.143 > 192.168.1.239 ttl 63
        < [vpc/vpc-1] 192.168.3.143 > 192.168.1.239 ttl 63 (inferred)
        < eth0[node/node1]eni1 10.100.0.10 > 192.168.1.239 ttl 62
        < eth0[pod/default/pod1] 10.100.0.10 > 192.168.1.239 ttl 62
        node/node1 DNAT 10.100.0.10 to 192.168.3.143, captured
        reply: node/node1 SNAT 192.168.3.143 to 10.100.0.10, captured
        answer: datagram"
    `)
  })
  test('a connection to a Service: its SYN is answered, the rest needs no answer of its own', () => {
    const seen = observe(flow('10.100.0.10', 6, { destinationPort: 80 }))
    expect(way(seen)).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 192.168.1.239 > 10.100.0.10 ttl 64
        > eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63
        > [vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        > eth0[node/node3]eni3 192.168.1.239 > 192.168.3.143 ttl 62
        > eth0[pod/default/pod3] 192.168.1.239 > 192.168.3.143 ttl 62
        < [pod/default/pod3]eth0 192.168.3.143 > 192.168.1.239 ttl 64
        < eni3[node/node3]eth0 192.168.3.143 > 192.168.1.239 ttl 63
        < [vpc/vpc-1] 192.168.3.143 > 192.168.1.239 ttl 63 (inferred)
        < eth0[node/node1]eni1 10.100.0.10 > 192.168.1.239 ttl 62
        < eth0[pod/default/pod1] 10.100.0.10 > 192.168.1.239 ttl 62
        node/node1 DNAT 10.100.0.10 to 192.168.3.143, captured
        reply: node/node1 SNAT 192.168.3.143 to 10.100.0.10, captured
        answer: syn-ack"
    `)
    expect(seen.probes.map(({ path }) => path.replyVerdict)).toEqual([
      'delivered',
      ...seen.probes.slice(1).map(() => null),
    ])
    expect(seen.path).toBe(seen.probes[0]?.path)
  })
  test('over IPv6, to a node itself', () => {
    expect(way(observe(flow('fd00::2', 58)))).toMatchInlineSnapshot(`
      "delivered, reply delivered
        > [pod/default/pod1]eth0 fd00::1 > fd00::2 ttl 64
        > eni1[node/node1] fd00::1 > fd00::2 ttl 64
        < [node/node1]eni1 fd00::2 > fd00::1 ttl 64
        < eth0[pod/default/pod1] fd00::2 > fd00::1 ttl 64
        answer: echo-reply"
    `)
  })
  test('a packet that a rule of the second node dropped', () => {
    const seen = observe(flow('192.168.3.143', 1))
    expect(way(seen, 2)).toMatchInlineSnapshot(`
      "dropped, reply null, stopped at node/node3
        > [pod/default/pod1]eth0 192.168.1.239 > 192.168.3.143 ttl 64
        > eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63
        > [vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        > eth0[node/node3] 192.168.1.239 > 192.168.3.143 ttl 63
        lost: forward stack at node/node3"
    `)
    expect(seen.path).toBe(seen.probes[2]?.path)
  })
  test('a packet that the second node refused: its ICMP error is evidence, not an answer', () => {
    const seen = observe(flow('192.168.3.143', 6, { destinationPort: 9999 }))
    expect(way(seen)).toMatchInlineSnapshot(`
      "dropped, reply null, stopped at node/node3
        > [pod/default/pod1]eth0 192.168.1.239 > 192.168.3.143 ttl 64
        > eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63
        > [vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)
        > eth0[node/node3] 192.168.1.239 > 192.168.3.143 ttl 63
        lost: forward refused at node/node3"
    `)
    expect(seen.probes[0]?.errors.map(({ by }) => by)).toEqual(['node/node3'])
  })
})

describe('what was not watched is not known', () => {
  const dropped = flow('192.168.3.143', 1)
  test.each([
    { change: { 'node/node3': { dropped: 3 } }, because: 'tcpdump lost three packets there' },
    { change: { 'node/node3': { dropped: null } }, because: 'tcpdump did not say how many it lost' },
    { change: { 'node/node3': { addresses: [] } }, because: 'the packet may have been for the node itself' },
    { change: { 'node/node3': { captured: ['eth0'] } }, because: 'nobody watched eni3' },
  ])('unknown instead of dropped: $because', ({ change }) => {
    const seen = observe(dropped, { stacks: watched(change) })
    expect(seen.probes[2]?.path).toMatchObject({ verdict: 'unknown', stoppedAt: 'node/node3' })
    expect(seen.probes[0]?.path.verdict).toBe('delivered')
  })
  test('a capture that missed the packet is bridged by the next one that saw it', () => {
    const without = sightings.filter(({ point }) => point.stack !== 'node/node3')
    const seen = observe(dropped, { sightings: without, stacks: watched({ 'node/node3': { captured: [] } }) })
    expect(seen.probes[0]?.path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered' })
  })
  test('where the capture of a node was cut, the node is passed all the same, there and back', () => {
    const without = sightings.filter(({ point }) => point.stack !== 'node/node3')
    const seen = observe(dropped, {
      sightings: without,
      stacks: watched({ 'node/node3': { captured: 'any', dropped: null } }),
    })
    expect(seen.probes[0]?.path.forward.map(hop)).toMatchInlineSnapshot(`
      [
        "[pod/default/pod1]eth0 192.168.1.239 > 192.168.3.143 ttl 64",
        "eni1[node/node1]eth0 192.168.1.239 > 192.168.3.143 ttl 63",
        "[vpc/vpc-1] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)",
        "[node/node3] 192.168.1.239 > 192.168.3.143 ttl 63 (inferred)",
        "[pod/default/pod3] 192.168.1.239 > 192.168.3.143 (inferred)",
      ]
    `)
    expect(seen.probes[0]?.path.reply.map(({ stack, evidence }) => `${stack} ${evidence}`)).toEqual([
      'pod/default/pod3 inferred',
      'node/node3 inferred',
      'vpc/vpc-1 inferred',
      'node/node1 captured',
      'pod/default/pod1 captured',
    ])
    expect(seen.probes[0]?.path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered' })
  })
  test('a packet that left its node and never reached the other one was lost in the VPC', () => {
    const beyond = ['node/node3', 'pod/default/pod3']
    const without = sightings.filter(
      ({ point, packet }) => !beyond.includes(point.stack) && packet.source !== ip('192.168.3.143'),
    )
    const seen = observe(dropped, { sightings: without })
    expect(seen.probes[0]?.path).toMatchObject({ verdict: 'dropped', stoppedAt: 'vpc/vpc-1' })
    expect(seen.probes[0]?.loss).toMatchObject({ reason: 'vpc', firstMissing: { stack: 'node/node3' } })
  })
  test('a packet to the internet that nothing came back to may have been lost anywhere', () => {
    const silent = sightings.filter(({ packet }) => packet.source !== ip('198.51.100.7'))
    const seen = observe(flow('198.51.100.7', 1), { sightings: silent })
    expect(seen.probes[0]?.path).toMatchObject({
      verdict: 'unknown',
      replyVerdict: 'unknown',
      stoppedAt: 'internet',
    })
  })
  test('a probe that never left its own stack was dropped there, if the prober says that it sent it', () => {
    expect(observe(flow('192.0.2.1', 1, { sent: 1 })).path).toMatchObject({
      verdict: 'dropped',
      stoppedAt: 'pod/default/pod1',
    })
    expect(observe(flow('192.0.2.1', 1)).path.verdict).toBe('unknown')
  })
})

test('the order of the sightings and the clocks of the stacks make no difference', () => {
  const skew: Readonly<Record<string, bigint>> = {
    'node/node1': 5_000_000_000n,
    'node/node3': -90_000_000_000n,
  }
  const skewed = [...sightings]
    .reverse()
    .map((s): Sighting => ({ ...s, time: s.time + (skew[s.point.stack] ?? 0n) }))
  expect(way(observe(flow('198.51.100.7', 1), { sightings: skewed }))).toBe(
    way(observe(flow('198.51.100.7', 1))),
  )
})

test('every captured packet of the probe has its comment, and no other', () => {
  const seen = observe(flow('192.168.3.143', 1))
  const comment = probeComments(seen)
  const said = sightings.map((s) => comment(s.capture, s.frame)).filter((text) => text !== undefined)
  expect(said.length).toBe(2 * 12 + 4)
  expect(said[0]).toBe('podpath: probe 1 of 3, forward, stack 1 of 4 seen: out of pod/default/pod1')
})
