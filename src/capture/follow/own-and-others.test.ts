import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import type { SeenPacket, SeenTransport, Sighting } from '../../model/packet/sighting.ts'
import type { ProbeMarks } from '../../model/result/probed.ts'
import { follow, type Observation } from './follow.ts'
import type { FollowInput, ProbeFlow } from './input.ts'

/** Two pods on two nodes, and packets of the probing pod beside the probe's: to the same end, by the same protocol. */
const podA = 'pod/default/a'
const podB = 'pod/default/b'
const nodeA = 'node/a'
const nodeB = 'node/b'
const addresses = {
  [podA]: '192.168.1.10',
  [podB]: '192.168.2.20',
  [nodeA]: '192.168.1.1',
  [nodeB]: '192.168.2.1',
}

const there = [
  [podA, 'eth0', 'out', 64],
  [nodeA, 'eniA', 'in', 64],
  [nodeA, 'eth0', 'out', 63],
  [nodeB, 'eth0', 'in', 63],
  [nodeB, 'eniB', 'out', 62],
  [podB, 'eth0', 'in', 62],
] as const
const back = [
  [podB, 'eth0', 'out', 64],
  [nodeB, 'eniB', 'in', 64],
  [nodeB, 'eth0', 'out', 63],
  [nodeA, 'eth0', 'in', 63],
  [nodeA, 'eniA', 'out', 62],
  [podA, 'eth0', 'in', 62],
] as const
type Place = readonly [string, string, 'in' | 'out', number]

let frames = 0
let ids = 100

/** A packet on its way; `lastSeen` places of it were seen. `at` in milliseconds. */
function send(
  at: number,
  way: readonly Place[],
  transport: SeenTransport,
  more: Partial<SeenPacket> = {},
  lastSeen = way.length,
): Sighting[] {
  const reply = way[0]?.[0] !== podA
  const id = ids++
  return way.slice(0, lastSeen).map(([stack, name, direction, ttl], i) => ({
    point: { stack, interface: name },
    direction,
    time: BigInt(at) * 1_000_000n + BigInt(i) * 10_000n,
    capture: 0,
    frame: frames++,
    packet: {
      source: ip(addresses[reply ? podB : podA]),
      destination: ip(addresses[reply ? podA : podB]),
      protocol: { icmp: 1, tcp: 6, udp: 17, other: 0 }[transport.kind],
      ttl,
      id,
      length: 84,
      fragmentOffset: 0,
      transport,
      payloadDigest: 0,
      payloadLength: 0,
      ...more,
    },
  }))
}

const syn = (port: number, sequence = 1000): SeenTransport => ({
  kind: 'tcp',
  sourcePort: port,
  destinationPort: 80,
  flags: 2,
  sequence,
  acknowledgement: 0,
})
const answerTo = (port: number, flags: number, sequence = 900): SeenTransport => ({
  kind: 'tcp',
  sourcePort: 80,
  destinationPort: port,
  flags,
  sequence,
  acknowledgement: 1001,
})
const echo = (type: number, id: number, sequence = 1): SeenTransport => ({
  kind: 'icmp',
  type,
  code: 0,
  id,
  sequence,
})

function seen(
  sightings: readonly Sighting[],
  protocol: number,
  marks: ProbeMarks = {},
  more: Partial<FollowInput> = {},
  flow: Partial<ProbeFlow> = {},
): Observation {
  return follow({
    sightings,
    stacks: Object.entries(addresses).map(([stack, address]) => ({
      stack,
      captured: 'any',
      dropped: 0,
      addresses: [ip(address)],
    })),
    wires: [
      { a: [podA, 'eth0'], b: [nodeA, 'eniA'] },
      { a: [podB, 'eth0'], b: [nodeB, 'eniB'] },
    ],
    flow: {
      from: podA,
      source: ip(addresses[podA]),
      destination: ip(addresses[podB]),
      protocol,
      marks,
      window: { from: 0n, to: 1n << 63n },
      ...flow,
    },
    vpc: null,
    epoch: 0n,
    ...more,
  })
}

const told = ({ path }: Observation): string =>
  `${path.verdict}, ${path.replyVerdict}${path.stoppedAt === null ? '' : ` at ${path.stoppedAt}`}`

describe('the pod’s own traffic is not the probe', () => {
  test('its pings to the same end, with another payload', () => {
    const own = { payloadDigest: 5, payloadLength: 56, tag: 77 }
    const foreign = { payloadDigest: 6, payloadLength: 56, tag: 12 }
    const observation = seen(
      [
        ...send(1, there, echo(8, 9), foreign, 2),
        ...send(2, there, echo(8, 10), own),
        ...send(3, back, echo(0, 10), own),
        ...send(4, there, echo(8, 9, 2), foreign, 2),
      ],
      1,
      { tags: [77] },
    )
    expect(observation.probes.length).toBe(1)
    expect(told(observation)).toBe('delivered, delivered')
  })
  test('its connections, from other ports', () => {
    const observation = seen(
      [
        ...send(1, there, syn(40_000), {}, 2),
        ...send(2, there, syn(61_004)),
        ...send(3, back, answerTo(61_004, 18)),
      ],
      6,
      { sourcePorts: [[61_000, 61_063]] },
    )
    expect(observation.probes.length).toBe(1)
    expect(told(observation)).toBe('delivered, delivered')
  })
  test('its questions to the same resolver, with other ids', () => {
    const udp = (source: number, destination: number): SeenTransport => ({
      kind: 'udp',
      sourcePort: source,
      destinationPort: destination,
    })
    const observation = seen(
      [
        ...send(1, there, udp(5000, 53), { tag: 1, payloadDigest: 2, payloadLength: 40 }, 2),
        ...send(2, there, udp(5001, 53), { tag: 517, payloadDigest: 3, payloadLength: 40 }),
        ...send(3, back, udp(53, 5001), { tag: 517, payloadDigest: 4, payloadLength: 60 }),
      ],
      17,
      { tags: [517] },
    )
    expect(observation.probes.length).toBe(1)
    expect(told(observation)).toBe('delivered, delivered')
  })
  test('what was captured too short for its mark may be the probe', () => {
    const observation = seen([...send(1, there, echo(8, 9), { payloadLength: 56 }, 2)], 1, { tags: [77] })
    expect(observation.probes.length).toBe(1)
  })
  test('a node’s own stack may have given it another port', () => {
    const observation = seen(
      send(1, there, syn(40_000), {}, 2),
      6,
      { sourcePorts: [[61_000, 61_063]] },
      {},
      { source: null },
    )
    expect(observation.probes.length).toBe(1)
  })
})

describe('who answered', () => {
  test('a lost SYN is not answered by the node that lost it: its retransmission was', () => {
    const observation = seen(
      [
        ...send(1, there, syn(61_000), {}, 2),
        ...send(1001, there, syn(61_000)),
        ...send(1002, back, answerTo(61_000, 18)),
      ],
      6,
    )
    expect(observation.probes.map(({ path }) => path.verdict)).toEqual(['dropped', 'delivered'])
    expect(told(observation)).toBe('delivered, delivered')
  })
  test('a lost SYN-ACK that was sent again is no lost reply', () => {
    const observation = seen(
      [
        ...send(1, there, syn(61_000)),
        ...send(2, back, answerTo(61_000, 18), {}, 3),
        ...send(1002, back, answerTo(61_000, 18)),
      ],
      6,
    )
    expect(told(observation)).toBe('delivered, delivered')
  })
  test.each([
    { lost: 2, back: back.slice(4), by: nodeA },
    { lost: 4, back: back.slice(2), by: nodeB },
  ])('$by resets what was not for it: a rule rejects with tcp-reset', ({ lost, back: way, by }) => {
    const observation = seen(
      [...send(1, there, syn(61_000), {}, lost), ...send(2, way, answerTo(61_000, 20, 0))],
      6,
    )
    expect(told(observation)).toBe(`dropped, null at ${by}`)
    expect(observation.probes[0]?.loss).toMatchObject({ reason: 'refused', at: by, certain: true })
  })
  test('the destination’s own reset is an answer: nobody listens on that port', () => {
    const observation = seen([...send(1, there, syn(61_000)), ...send(2, back, answerTo(61_000, 20, 0))], 6)
    expect(told(observation)).toBe('delivered, delivered')
  })
  test('so is that of a node behind a Service, whose address is not its own', () => {
    const observation = seen(
      [...send(1, there, syn(61_000), {}, 2), ...send(2, back.slice(4), answerTo(61_000, 20, 0))],
      6,
      {},
      {},
      { backends: [{ address: ip(addresses[nodeA]), port: 80 }] },
    )
    expect(told(observation)).toBe('delivered, delivered')
  })
})
