import { gatewayOf, homeOf } from './scenario.ts'
import { type Shape, devices, prefixNear, services } from './shape.ts'

/** Random policy rules and routes. */

export function makePolicyRule(shape: Shape, stack: number): string {
  const { random } = shape
  const selectors: string[] = []
  if (random.chance(0.4)) selectors.push(`from ${prefixNear(shape)}`)
  if (random.chance(0.4)) selectors.push(`to ${prefixNear(shape)}`)
  if (random.chance(0.2)) selectors.push(`iif ${random.of(['lo', ...devices(shape, stack)])}`)
  if (random.chance(0.2)) selectors.push(random.of(['fwmark 1', 'fwmark 0x80/0x80', 'fwmark 2/3']))
  if (random.chance(0.1)) selectors.push('tos 0x10')
  if (random.chance(0.2))
    selectors.push(
      random.of(['ipproto udp', 'ipproto tcp dport 80', 'ipproto udp dport 50-60', 'ipproto icmp']),
    )
  const not = random.chance(0.1) && selectors.length > 0 ? 'not ' : ''
  const action = random.of([
    'lookup 100',
    'lookup 100',
    'lookup 101',
    'lookup main',
    'lookup main suppress_prefixlength 0',
    'lookup main suppress_prefixlength 16',
    'blackhole',
    'prohibit',
    'unreachable',
    'goto 900',
  ])
  return `ip rule add ${not}${selectors.join(' ')} ${action} pref ${100 + random.int(700)}`
}

export function makeRoute(shape: Shape, stack: number): string {
  const { random, wires } = shape
  const device = random.of(devices(shape, stack))
  const via = gatewayOf(wires, Number(device.slice(1)), stack)
  const second = random.of(devices(shape, stack))
  const via2 = gatewayOf(wires, Number(second.slice(1)), stack)
  const table = random.of(['', '', 'table 100', 'table 101'])
  const to = random.chance(0.25) ? 'default' : prefixNear(shape)
  return random.of([
    `ip route replace ${to} via ${via} ${table}`,
    `ip route add ${to} via ${via} metric ${random.int(300)} ${table}`,
    `ip route add ${to} via ${via} tos 0x10 ${table}`,
    `ip route replace blackhole ${to} ${table}`,
    `ip route replace unreachable ${to} ${table}`,
    `ip route replace prohibit ${to} ${table}`,
    `ip route replace throw ${to} table ${random.of([100, 101])}`,
    `ip route replace ${to} via ${via} mtu 1300 ${table}`,
    `ip route replace ${to} dev ${device} ${table}`,
    `ip route replace ${to} ${table} nexthop via ${via} dev ${device} nexthop via ${via2} dev ${second} weight 3`,
    `ip route replace ${to} via ${via} src ${homeOf(stack)} ${table}`,
    `ip route replace local ${random.of(services)} dev lo`,
  ])
}
