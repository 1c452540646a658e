import { type Extra, homeOf, ports } from './scenario.ts'
import { type Shape, anyAddress, devices, prefixNear, services } from './shape.ts'

/** Random rules of nftables. */

export function makeNft(shape: Shape, stack: number): Extra[] {
  const { random } = shape
  const [type, hook, priority] = random.of([
    ['filter', 'prerouting', -160],
    ['filter', 'input', 10],
    ['filter', 'forward', 5],
    ['filter', 'output', -120],
    ['route', 'output', -140],
    ['filter', 'postrouting', 60],
    ['nat', 'prerouting', -90],
    ['nat', 'prerouting', -110],
    ['nat', 'output', -95],
    ['nat', 'postrouting', 90],
    ['nat', 'input', 110],
  ] as const)
  const name = `own${random.int(100000)}`
  const rules = [1, 2, 3]
    .slice(0, 1 + random.int(3))
    .map(() => `${nftMatches(shape, stack, hook)} ${nftVerdict(shape, type, hook)}`)
  const policy = type === 'filter' && random.chance(0.05) ? 'drop' : 'accept'
  const text = [
    `table ip ${name} {`,
    'set nets { type ipv4_addr; flags interval; elements = { 10.1.0.0/16, 172.20.0.0/31 } }',
    `set services { type ipv4_addr . inet_proto . inet_service; elements = { ${random.of(services)} . udp . 53, ${homeOf(0)} . tcp . 80 } }`,
    `chain inner { ${nftMatches(shape, stack, hook)} ${nftVerdict(shape, type, hook)}; }`,
    `chain base { type ${type} hook ${hook} priority ${priority}; policy ${policy};`,
    ...rules,
    '} }',
  ].join('\n')
  return [{ stack, kind: 'nft', text }]
}

function nftMatches(shape: Shape, stack: number, hook: string): string {
  const { random } = shape
  const matches: string[] = []
  const not = (): string => (random.chance(0.2) ? '!= ' : '')
  if (random.chance(0.3)) matches.push(`ip saddr ${not()}${prefixNear(shape)}`)
  if (random.chance(0.4)) matches.push(`ip daddr ${random.chance(0.3) ? '@nets' : not() + prefixNear(shape)}`)
  if (random.chance(0.15)) matches.push('ip daddr . meta l4proto . th dport @services')
  if (random.chance(0.2))
    matches.push(
      `${random.of(['tcp', 'udp'])} dport ${random.of(['80', '{ 53, 8080 }', '5000-6000', '!= 53'])}`,
    )
  if (random.chance(0.15)) matches.push(`meta l4proto ${random.of(['tcp', '{ tcp, udp }', 'icmp'])}`)
  if (random.chance(0.12))
    matches.push(`ct state ${random.of(['new', 'established', 'invalid', 'established,related', '!= new'])}`)
  if (random.chance(0.1))
    matches.push(
      random.of([
        'meta mark & 0x80 == 0x80',
        'meta mark 1',
        'ct mark 0x80',
        'ct status dnat',
        'ct direction reply',
      ]),
    )
  if (random.chance(0.1)) matches.push(`fib ${random.of(['saddr', 'daddr'])} type local`)
  if (hook !== 'output' && hook !== 'postrouting' && random.chance(0.15))
    matches.push(`iifname ${random.of(['"v*"', ...devices(shape, stack)])}`)
  if ((hook === 'output' || hook === 'postrouting') && random.chance(0.15))
    matches.push(`oifname ${not()}${random.of(devices(shape, stack))}`)
  if (random.chance(0.05)) matches.push('ip dscp ef')
  if (random.chance(0.05)) matches.push('icmp type echo-request')
  if (random.chance(0.05)) matches.push('tcp flags & (syn | ack) == syn')
  return matches.join(' ')
}

function nftVerdict(shape: Shape, type: string, hook: string): string {
  const { random } = shape
  const address = anyAddress(shape)
  if (type === 'nat') {
    if (hook === 'prerouting' || hook === 'output')
      return random.of([
        `counter dnat to ${address}`,
        `meta l4proto tcp dnat to ${address}:${random.of(ports)}`,
        'meta l4proto udp redirect to :53',
        'meta mark set ct mark & 0x80',
        'ct mark set ct mark | 0x80',
        'return',
        `numgen random mod 2 vmap { 0 : accept, 1 : return }`,
      ])
    return random.of([
      `snat to ${address}`,
      `snat to ${address} fully-random`,
      ...(hook === 'postrouting' ? ['masquerade', 'masquerade fully-random'] : []),
      'return',
    ])
  }
  return random.of([
    'drop',
    'counter accept',
    'meta mark set 0x80',
    'meta mark set meta mark | 0x1',
    'ct mark set 0x80',
    'meta mark set ct mark',
    'return',
    ...(hook === 'prerouting' || hook === 'postrouting' ? ['ip ttl set 5'] : ['reject']),
    'tcp dport vmap { 80 : drop, 53 : accept }',
    'ip daddr . meta l4proto vmap { 10.100.0.1 . udp : drop }',
  ])
}
