import { ip, ip4Of, type Ip } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { SeenTransport, Sighting } from '../../model/packet/sighting.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import type { FollowInput, FollowStack, FollowWire, ProbeFlow } from './input.ts'
import {
  type Step,
  type World,
  addresses,
  names,
  nodeA,
  nodeB,
  pathOf,
  podA,
  podB,
} from './simulated-path.fixture.ts'

/** What the stacks of a simulated cluster would have captured, and what following must find in it. For tests only. */

const epoch = 1_700_000_000_000_000_000n

export interface Expected {
  readonly forward: readonly string[]
  readonly reply: readonly string[]
  readonly verdict: string
  readonly replyVerdict: string | null
  readonly stoppedAt: string | null
}

const distinct = (stacks: readonly string[]): string[] => stacks.filter((stack, i) => stack !== stacks[i - 1])

/** Puts the VPC where two nodes meet. */
const withVpc = (stacks: readonly string[]): string[] =>
  stacks.flatMap((stack, i) =>
    i > 0 && stackKind(stack) === 'node' && stackKind(stacks[i - 1]!) === 'node' ? ['vpc/v', stack] : [stack],
  )

function expectedOf(
  w: World,
  there: readonly Step[],
  back: readonly Step[],
  vanish: number | null,
): Expected {
  const internet = w.destination === 'internet'
  const total = there.length + back.length
  const left = vanish === null ? total : Math.min(total, vanish + 1)
  const forward = withVpc(distinct(there.slice(0, left).map(({ stack }) => stack)))
  const seenBack = back.slice(0, Math.max(0, left - there.length))
  const reply = withVpc(distinct(seenBack.map(({ stack }) => stack)))
  const tail = ['vpc/v', 'igw/g', 'internet']
  // Who is to blame for a packet last seen at this step.
  const blame = (step: Step, way: readonly Step[]): string => {
    const next = way[way.indexOf(step) + 1]
    return step.direction === 'out' &&
      next &&
      stackKind(step.stack) === 'node' &&
      stackKind(next.stack) === 'node'
      ? 'vpc/v'
      : step.stack
  }
  if (left === total)
    return {
      forward: internet ? [...forward, ...tail] : forward,
      reply: internet ? [...[...tail].reverse(), ...reply] : reply,
      verdict: 'delivered',
      replyVerdict: 'delivered',
      stoppedAt: null,
    }
  if (left < there.length)
    return {
      forward,
      reply: [],
      verdict: 'dropped',
      replyVerdict: null,
      stoppedAt: blame(there[left - 1]!, there),
    }
  if (left === there.length)
    return internet
      ? { forward, reply: [], verdict: 'unknown', replyVerdict: 'unknown', stoppedAt: 'internet' }
      : {
          forward,
          reply: [],
          verdict: 'delivered',
          // No process has to answer a datagram; the kernel answers all else.
          replyVerdict: w.protocol === 'udp' ? 'unknown' : 'dropped',
          stoppedAt: there.at(-1)!.stack,
        }
  return {
    forward: internet ? [...forward, ...tail] : forward,
    reply: internet ? [...[...tail].reverse(), ...reply] : reply,
    verdict: 'delivered',
    replyVerdict: 'dropped',
    stoppedAt: blame(seenBack.at(-1)!, back),
  }
}

export function simulate(w: World): { readonly input: FollowInput; readonly expected: readonly Expected[] } {
  const sightings: Sighting[] = []
  const expected: Expected[] = []
  const see = (step: Step, time: bigint): void => {
    const skew = BigInt(w.skew[names.indexOf(step.stack as (typeof names)[number])]!) * 1_000_000n
    sightings.push({
      point: { stack: step.stack, interface: step.interface },
      direction: step.direction,
      time: epoch + time + skew,
      packet: step.packet,
      capture: 0,
      frame: sightings.length,
    })
  }
  for (let i = 0; i < w.probes; i++) {
    const { there, back } = pathOf(w, i)
    const all = [...there, ...back]
    const vanish = w.vanish[i] ?? null
    const left = vanish === null ? all.length : Math.min(all.length, vanish + 1)
    all.slice(0, left).forEach((step, n) => {
      see(step, BigInt(i * 200_000_000 + n * 10_000))
      // Another pod's packet that differs in nothing but its addresses, on the same interfaces.
      if (w.twins !== null && step.stack === nodeA && n < there.length)
        see(
          { ...step, packet: { ...step.packet, source: ip('192.168.1.77'), ttl: step.packet.ttl } },
          BigInt(i * 200_000_000 + n * 10_000 + w.twins * 1000),
        )
    })
    expected.push(expectedOf(w, there, back, vanish))
  }
  const real = sightings.length
  for (const n of w.duplicates) {
    const again = sightings[n % real]!
    sightings.push({ ...again, time: again.time + 3000n, frame: sightings.length })
  }
  for (const { stack, id, at, error } of w.noise) {
    const base = pathOf(w, 0).there[0]!.packet
    const unrelated: SeenTransport = error
      ? {
          kind: 'icmp',
          type: 3,
          code: 1,
          id: 0,
          sequence: 0,
          about: { ...base, source: ip('192.168.1.77'), id },
        }
      : { kind: 'udp', sourcePort: id, destinationPort: 53 }
    const packet = {
      ...base,
      id,
      protocol: error ? 1 : 17,
      transport: unrelated,
      payloadDigest: id,
      payloadLength: 31,
    }
    const source = ip('192.168.1.78')
    see(
      {
        stack: names[stack]!,
        interface: 'eth0',
        direction: id % 2 ? 'in' : 'out',
        packet: { ...packet, source },
      },
      BigInt(at) * 1000n,
    )
  }
  const shuffled = sightings
    .map((sighting, i) => ({ sighting, at: (w.order[i % w.order.length]! * 31 + i * 17) % 1009 }))
    .sort((a, b) => a.at - b.at)
    .map(({ sighting }) => sighting)
  const hostB = w.destination === 'same-node' ? nodeA : nodeB
  const wires: FollowWire[] = [
    { a: [podA, 'eth0'], b: [nodeA, 'eniA'] },
    { a: [podB, 'eth0'], b: [hostB, 'eniB'] },
    ...(w.knowWires ? [{ a: [nodeA, 'eth0'], b: ['vpc/v', 'eni-1'] } as const] : []),
  ]
  const flow: ProbeFlow = {
    from: podA,
    source: null,
    destination: pathOf(w, 0).there[0]!.packet.destination,
    protocol: { icmp: 1, tcp: 6, udp: 17 }[w.protocol],
    window: { from: 0n, to: 1n << 63n },
  }
  const stacks = names.map((stack): FollowStack => ({
    stack,
    captured: 'any',
    dropped: 0,
    addresses: [ip(addresses[stack]!)],
  }))
  const vpc = {
    id: 'v',
    prefixes: [prefix('192.168.0.0/16')],
    egressPath: (source: Ip) => [
      { stack: 'vpc/v', source },
      { stack: 'igw/g', source: source === ip4Of('192.168.1.1') ? ip4Of('203.0.113.9') : null },
      { stack: 'internet', source: null },
    ],
  }
  return { input: { sightings: shuffled, stacks, wires, flow, vpc, epoch }, expected }
}
