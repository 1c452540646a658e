import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { ip } from '../model/address/address.ts'
import type { SeenPacket, Sighting } from '../model/packet/sighting.ts'
import { CausalMerge, type Captured, type Ordered } from './live/causal-merge.ts'
import { followFabric } from './follow/fabric.ts'
import { PacketTracker } from './live/packet-tracker.ts'

/** A place of the way of a packet, which clock its stack reads, and which capture shows it. */
interface Place {
  readonly stack: string
  readonly interface: string
  readonly direction: 'in' | 'out'
  readonly clock: string
  readonly ttl: number
  readonly source: string
  readonly destination: string
}

const place = (
  stack: string,
  name: string,
  direction: 'in' | 'out',
  rest: Omit<Place, 'stack' | 'interface' | 'direction'>,
): Place => ({
  stack,
  interface: name,
  direction,
  ...rest,
})

const pods = { a: '192.168.1.10', b: '192.168.2.20' }
const outside = '198.51.100.7'
const nodeAddress = '192.168.1.1'

/** From a pod on one node to a pod on another, and back; or to the internet and back, with SNAT. */
function pathOf(to: 'pod' | 'internet', reply: boolean): Place[] {
  const a = (
    stack: string,
    name: string,
    direction: 'in' | 'out',
    ttl: number,
    source: string,
    destination: string,
  ) => place(stack, name, direction, { clock: 'A', ttl, source, destination })
  const b = (
    stack: string,
    name: string,
    direction: 'in' | 'out',
    ttl: number,
    source: string,
    destination: string,
  ) => place(stack, name, direction, { clock: 'B', ttl, source, destination })
  if (to === 'internet')
    return reply
      ? [
          a('node/a', 'eth0', 'in', 60, outside, nodeAddress),
          a('node/a', 'eniA', 'out', 59, outside, pods.a),
          a('pod/default/a', 'eth0', 'in', 59, outside, pods.a),
        ]
      : [
          a('pod/default/a', 'eth0', 'out', 64, pods.a, outside),
          a('node/a', 'eniA', 'in', 64, pods.a, outside),
          a('node/a', 'eth0', 'out', 63, nodeAddress, outside),
        ]
  return reply
    ? [
        b('pod/default/b', 'eth0', 'out', 64, pods.b, pods.a),
        b('node/b', 'eniB', 'in', 64, pods.b, pods.a),
        b('node/b', 'eth0', 'out', 63, pods.b, pods.a),
        a('node/a', 'eth0', 'in', 63, pods.b, pods.a),
        a('node/a', 'eniA', 'out', 62, pods.b, pods.a),
        a('pod/default/a', 'eth0', 'in', 62, pods.b, pods.a),
      ]
    : [
        a('pod/default/a', 'eth0', 'out', 64, pods.a, pods.b),
        a('node/a', 'eniA', 'in', 64, pods.a, pods.b),
        a('node/a', 'eth0', 'out', 63, pods.a, pods.b),
        b('node/b', 'eth0', 'in', 63, pods.a, pods.b),
        b('node/b', 'eniB', 'out', 62, pods.a, pods.b),
        b('pod/default/b', 'eth0', 'in', 62, pods.a, pods.b),
      ]
}

const captures = ['node/a', 'node/b', 'pod/default/a', 'pod/default/b']

interface Shown extends Captured {
  readonly sighting: Sighting
  /** What really happened: which exchange, and the how-manieth sighting of it. */
  readonly exchange: number
  readonly truth: number
}

const world = fc.record({
  /** Of each exchange: where to, how long after the one before (µs), equal to its predecessor but for nothing. */
  exchanges: fc.array(
    fc.record({
      to: fc.constantFrom('pod' as const, 'internet' as const),
      gap: fc.nat(2000),
      twin: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  /** Microseconds between two sightings of a way; 0 is one time stamp. */
  pace: fc.array(fc.nat(40), { minLength: 8, maxLength: 8 }),
  /** Nanoseconds that the clocks are ahead, and how far what we believe of them is wrong. */
  skew: fc.tuple(fc.integer({ min: -5e9, max: 5e9 }), fc.integer({ min: -5e9, max: 5e9 })),
  error: fc.tuple(fc.integer({ min: -5e9, max: 5e9 }), fc.integer({ min: -5e9, max: 5e9 })),
  /** Which capture the next frame arrives from. */
  arrival: fc.array(fc.nat(3), { minLength: 40, maxLength: 200 }),
  /** Frames come out while others come in. */
  takeEvery: fc.integer({ min: 1, max: 400 }),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function happen(w: World): Shown[][] {
  const queues: Shown[][] = captures.map(() => [])
  let now = 1_700_000_000_000_000
  let id = 0
  w.exchanges.forEach(({ to, gap, twin }, exchange) => {
    now += gap
    // A twin is equal to the packet before it in everything that identifies a packet.
    if (!twin) id += 1
    let truth = 0
    for (const reply of [false, true])
      for (const at of pathOf(to, reply)) {
        now += w.pace[truth % w.pace.length]!
        const skew = w.skew[at.clock === 'A' ? 0 : 1]
        const capture = captures.indexOf(at.stack)
        const packet: SeenPacket = {
          source: ip(at.source),
          destination: ip(at.destination),
          protocol: 1,
          ttl: at.ttl,
          id: reply ? 1000 + id : id,
          length: 84,
          fragmentOffset: 0,
          transport: { kind: 'icmp', type: reply ? 0 : 8, code: 0, id: 7, sequence: id },
          payloadDigest: 7,
          payloadLength: 56,
        }
        const time = BigInt(now) * 1000n + BigInt(skew)
        queues[capture]!.push({
          clock: at.clock,
          time,
          capture,
          exchange,
          truth: truth++,
          sighting: {
            point: { stack: at.stack, interface: at.interface },
            direction: at.direction,
            time,
            packet,
            capture,
            frame: queues[capture]!.length,
          },
        })
      }
  })
  return queues
}

/** Puts the captures' frames together as they arrive, and gives them in the merged order. */
const merged = (w: World): Shown[] => ordered(w).map(({ frame }) => frame)

function ordered(w: World): Ordered<Shown>[] {
  const queues = happen(w)
  const merge = new CausalMerge<Shown>(followFabric({ stacks: [], wires: [], vpc: null }), 1_000)
  merge.setClock('A', BigInt(w.skew[0] + w.error[0]), BigInt(Math.abs(w.error[0])))
  merge.setClock('B', BigInt(w.skew[1] + w.error[1]), BigInt(Math.abs(w.error[1])))
  const order: Ordered<Shown>[] = []
  let arrivals = 0
  const push = (queue: Shown[]): void => {
    const frame = queue.shift()
    if (frame) merge.push(frame, arrivals++)
    if (arrivals % w.takeEvery === 0) order.push(...merge.take(arrivals))
  }
  for (const next of w.arrival) push(queues[next]!)
  while (queues.some((queue) => queue.length > 0)) for (const queue of queues) push(queue)
  order.push(...merge.drain())
  return order
}

describe('frames of many captures in one order', () => {
  property.prop([world])('nothing is lost and nothing twice', (w) => {
    const all = happen(w).flat()
    expect(merged(w).length).toBe(all.length)
    expect(new Set(merged(w).map(({ exchange, truth }) => `${exchange} ${truth}`)).size).toBe(all.length)
  })

  property.prop([world])('each clock’s frames stay in its order', (w) => {
    const last = new Map<string, bigint>()
    for (const { clock, time } of merged(w)) {
      expect(time >= (last.get(clock) ?? 0n)).toBe(true)
      last.set(clock, time)
    }
  })

  property.prop([world])(
    'a packet is seen where it leaves before it is seen where it comes in, whatever the clocks say',
    (w) => {
      const alike = new Set<number>()
      w.exchanges.forEach(({ twin }, i) => twin && [i - 1, i].forEach((one) => alike.add(one)))
      const seen = new Map<number, number>()
      for (const { exchange, truth } of merged(w)) {
        // Of packets that are equal in everything nobody can tell which is which; the next test is theirs.
        if (alike.has(exchange)) continue
        expect(truth).toBe(seen.get(exchange) ?? 0)
        seen.set(exchange, truth + 1)
      }
    },
  )

  property.prop([world])(
    'times go forward along the way of a packet, and among the frames of a clock',
    (w) => {
      const forward = (by: (frame: Shown) => string): void => {
        const last = new Map<string, bigint>()
        for (const { frame, time } of ordered(w)) {
          expect(time >= (last.get(by(frame)) ?? time)).toBe(true)
          last.set(by(frame), time)
        }
      }
      forward(({ clock }) => clock)
      if (w.exchanges.some(({ twin }) => twin)) return
      forward(({ exchange, truth }) => {
        const half = pathOf(w.exchanges[exchange]!.to, false).length
        return `${exchange} ${truth < half ? 'request' : 'reply'}`
      })
    },
  )

  property.prop([world])('of equal packets, never more have come in than have left', (w) => {
    const left = new Map<string, number>()
    for (const { sighting } of merged(w)) {
      const { packet, direction } = sighting
      const key = `${packet.id} ${packet.ttl} ${packet.source} ${packet.destination}`
      // What comes from the internet was not seen to leave anywhere.
      if (packet.source === ip(outside) && packet.ttl === 60) continue
      const many = (left.get(key) ?? 0) + (direction === 'out' ? 1 : -1)
      expect(many).toBeGreaterThanOrEqual(0)
      left.set(key, many)
    }
  })

  property.prop([world])(
    'the tracker gives one number to the sightings of one packet, and a step to each',
    (w) => {
      const tracker = new PacketTracker(followFabric({ stacks: [], wires: [], vpc: null }))
      const numbers = new Map<string, number>()
      const alike = w.exchanges.some(({ twin }) => twin)
      for (const { sighting, exchange, truth } of merged(w)) {
        const { packet, step, again } = tracker.note(sighting)
        if (alike) continue
        const half = pathOf(w.exchanges[exchange]!.to, false).length
        const key = `${exchange} ${truth < half ? 'request' : 'reply'}`
        expect({ again, step }).toEqual({ again: false, step: (truth % half) + 1 })
        expect(packet).toBe(numbers.get(key) ?? packet)
        numbers.set(key, packet)
      }
      if (!alike) expect(new Set(numbers.values()).size).toBe(numbers.size)
    },
  )
})

test('a frame waits no longer than the window', () => {
  const frames = happen({
    exchanges: [{ to: 'pod', gap: 0, twin: false }],
    pace: [1, 1, 1, 1, 1, 1, 1, 1],
    skew: [0, 0],
    error: [0, 0],
    arrival: [],
    takeEvery: 1,
  }).flat()
  const merge = new CausalMerge<Shown>(followFabric({ stacks: [], wires: [], vpc: null }), 50)
  for (const frame of frames) merge.push(frame, 1000)
  expect(merge.take(1049)).toEqual([])
  expect(merge.take(1050).map(({ frame }) => frame.truth)).toEqual(frames.map((_, i) => i))
})
