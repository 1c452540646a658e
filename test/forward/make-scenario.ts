import {
  type Extra,
  type Scenario,
  type TestFlow,
  type Wiring,
  addressOf,
  gatewayOf,
  homeOf,
  ports,
} from './scenario.ts'
import { randomFrom } from './random.ts'
import { type Shape, anyAddress, devices, services } from './shape.ts'
import { makePolicyRule, makeRoute } from './random-routing.ts'
import { makeRule } from './random-iptables.ts'
import { makeNft } from './random-nft.ts'

/** Random networks: what is built, what is sent. The same seed gives the same scenario. */

export function makeScenario(seed: number, flowCount: number, six = false): Scenario {
  const random = randomFrom(seed)
  const stacks = 3 + random.int(4)
  const wires: Wiring[] = []
  const mtu = (): number => (random.chance(0.15) ? random.of([1400, 1300, 1280]) : 1500)
  for (let i = 1; i < stacks; i++) wires.push({ a: random.int(i), b: i, mtu: mtu() })
  const more = random.int(3)
  for (let i = 0; i < more; i++) {
    const a = random.int(stacks)
    const b = random.int(stacks)
    if (a !== b) wires.push({ a, b, mtu: mtu() })
  }
  const shape = { random, stacks, wires }
  const extras: Extra[] = []
  const count = 2 + random.int(12)
  for (let i = 0; i < count; i++) extras.push(...makeExtra(shape))
  const flows: TestFlow[] = []
  for (let i = 0; i < flowCount; i++) {
    const flow = makeFlow(shape, i)
    // IPv6 puts fragments together only after INPUT, so that the log could not tell what was delivered.
    flows.push(six ? { ...flow, whole: flow.whole || flow.length > 1200 } : flow)
  }
  return { seed, six, ...(six && seed % 8 !== 7 ? { discovers: true } : {}), stacks, wires, extras, flows }
}

function makeFlow(shape: Shape, id: number): TestFlow {
  const { random, stacks } = shape
  const from = random.int(stacks)
  const protocol = random.of(['icmp', 'udp', 'udp', 'tcp', 'tcp'] as const)
  const big = protocol !== 'tcp' && random.chance(0.1)
  const own = [
    homeOf(from),
    ...shape.wires.flatMap((wire, i) =>
      wire.a === from ? [addressOf(i, 'a')] : wire.b === from ? [addressOf(i, 'b')] : [],
    ),
  ]
  return {
    id,
    from,
    to: random.chance(0.15) ? random.of(services) : random.chance(0.03) ? '203.0.113.9' : anyAddress(shape),
    protocol,
    port: random.of(ports),
    sourcePort: random.chance(0.1) ? 500 + id : 20000 + id,
    source: random.chance(0.3) ? random.of(own) : null,
    mark: random.chance(0.15) ? random.of([1, 2, 0x80]) : 0,
    length: (big ? 1250 : 100) + 2 * id,
    whole: random.chance(0.3),
    tos: random.chance(0.1) ? random.of([0x10, 0xb8]) : 0,
    connected: random.chance(0.6),
  }
}

function makeExtra(shape: Shape): Extra[] {
  const { random, stacks } = shape
  const stack = random.int(stacks)
  const kind = random()
  if (kind < 0.42) return makeRule(shape, stack)
  if (kind < 0.5) return makeNft(shape, stack)
  const shell = (text: string): Extra[] => [{ stack, kind: 'shell', text }]
  if (kind < 0.68) return shell(makePolicyRule(shape, stack))
  if (kind < 0.84) return shell(makeRoute(shape, stack))
  if (kind < 0.95) {
    const device = random.of(['all', ...devices(shape, stack)])
    return shell(
      random.of([
        `echo ${random.int(3)} > /proc/sys/net/ipv4/conf/${device}/rp_filter`,
        `echo 0 > /proc/sys/net/ipv4/conf/${device}/forwarding`,
        `echo 1 > /proc/sys/net/ipv4/conf/${device}/accept_local`,
        `echo 1 > /proc/sys/net/ipv4/conf/${device}/src_valid_mark`,
        `echo 1 > /proc/sys/net/ipv4/conf/${device}/proxy_arp`,
        `echo ${random.of([0, 1, 2, 3, 8])} > /proc/sys/net/ipv4/conf/${device}/arp_ignore`,
        `echo ${random.int(3)} > /proc/sys/net/ipv4/conf/${device}/arp_announce`,
        `echo 1 > /proc/sys/net/ipv4/conf/${device}/route_localnet`,
      ]),
    )
  }
  const device = random.of(devices(shape, stack))
  const wire = Number(device.slice(1))
  const other = gatewayOf(shape.wires, wire, stack)
  return shell(
    random.of([
      `ip link set ${device} mtu ${random.of([1300, 1400])}`,
      `ip neigh replace ${other} lladdr 02:00:00:00:00:99 dev ${device} nud permanent`,
      `ip link set ${device} down`,
      `ip addr add 10.200.${stack}.1/32 dev ${device}`,
    ]),
  )
}
