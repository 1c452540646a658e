/** Random networks as data: what is built, what is sent. The same seed gives the same scenario. */

export interface Wiring {
  readonly a: number
  readonly b: number
  readonly mtu: number
}

/** One thing done to one namespace beyond what makes it work; a failing case is shrunk by leaving some out. */
export interface Extra {
  readonly stack: number
  readonly kind: 'shell' | 'iptables' | 'nft'
  /** A shell command, or a rule as iptables-restore takes it. */
  readonly text: string
  readonly table?: string
  readonly backend?: 'nft' | 'legacy'
}

export interface TestFlow {
  readonly id: number
  readonly from: number
  readonly to: string
  readonly protocol: 'icmp' | 'udp' | 'tcp'
  readonly port: number
  readonly sourcePort: number
  readonly source: string | null
  readonly mark: number
  /** Octets of the IP packet; even, and no other flow of the scenario has it. */
  readonly length: number
  readonly whole: boolean
  readonly tos: number
  readonly connected: boolean
}

export interface Scenario {
  readonly seed: number
  /** IPv6: every address and command is translated by `sixOf`. */
  readonly six: boolean
  readonly stacks: number
  readonly wires: readonly Wiring[]
  readonly extras: readonly Extra[]
  readonly flows: readonly TestFlow[]
}

export type Random = {
  (): number
  int(below: number): number
  of<T>(items: readonly T[]): T
  chance(p: number): boolean
}

/** mulberry32 */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return Object.assign(next, {
    int: (below: number) => Math.floor(next() * below),
    of: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
    chance: (p: number) => next() < p,
  })
}

export const ports = [53, 80, 8080, 5353] as const
export const addressOf = (wire: number, end: 'a' | 'b'): string => `10.${wire}.0.${end === 'a' ? 1 : 2}`
export const homeOf = (stack: number): string => `172.20.${stack}.1`
export const deviceOf = (wire: number): string => `v${wire}`
const services = ['10.100.0.1', '10.100.0.2', '10.100.0.3'] as const

/** Next stack and wire on a shortest way. */
export function nextHop(
  wires: readonly Wiring[],
  stacks: number,
  from: number,
  to: number,
): { wire: number; stack: number } | null {
  const seen = new Map<number, { wire: number; stack: number } | null>([[from, null]])
  const queue = [from]
  while (queue.length > 0) {
    const at = queue.shift() as number
    for (let i = 0; i < wires.length; i++) {
      const { a, b } = wires[i] as Wiring
      const other = a === at ? b : b === at ? a : -1
      if (other < 0 || seen.has(other)) continue
      seen.set(other, at === from ? { wire: i, stack: other } : (seen.get(at) ?? null))
      if (other === to) return seen.get(other) ?? null
      queue.push(other)
    }
    if (queue.length > stacks * 4) break
  }
  return null
}

export const gatewayOf = (wires: readonly Wiring[], wire: number, from: number): string =>
  addressOf(wire, (wires[wire] as Wiring).a === from ? 'b' : 'a')

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
  return { seed, six, stacks, wires, extras, flows }
}

interface Shape {
  readonly random: Random
  readonly stacks: number
  readonly wires: readonly Wiring[]
}

const devices = (shape: Shape, stack: number): string[] =>
  shape.wires.flatMap((wire, index) => (wire.a === stack || wire.b === stack ? [deviceOf(index)] : []))

function anyAddress({ random, stacks, wires }: Shape): string {
  if (random.chance(0.5)) return homeOf(random.int(stacks))
  return addressOf(random.int(wires.length), random.of(['a', 'b'] as const))
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

function prefixNear(shape: Shape): string {
  const { random } = shape
  const address = random.chance(0.2) ? random.of(services) : anyAddress(shape)
  const length = random.of([32, 32, 24, 16, 8])
  if (length === 32) return address
  const octets = address.split('.')
  return `${octets.map((octet, index) => (index * 8 < length ? octet : '0')).join('.')}/${length}`
}

function makePolicyRule(shape: Shape, stack: number): string {
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

function makeRoute(shape: Shape, stack: number): string {
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

const chainsOf: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

function makeRule(shape: Shape, stack: number): Extra[] {
  const { random } = shape
  const table = random.of(['raw', 'mangle', 'nat', 'nat', 'nat', 'filter', 'filter'])
  const chain = random.of(chainsOf[table] ?? [])
  const backend = random.chance(0.12) ? 'legacy' : 'nft'
  const rule = (text: string): Extra => ({ stack, kind: 'iptables', text, table, backend })
  if (random.chance(0.15)) {
    // A chain of its own, as Kubernetes makes them.
    const own = `OWN-${random.int(1000)}`
    const inside = [1, 2, 3]
      .slice(0, 1 + random.int(3))
      .map(() => `-A ${own} ${makeMatches(shape, stack, chain)} ${makeTarget(shape, table, chain)}`)
    return [
      rule(`:${own} -`),
      ...inside.map(rule),
      rule(`-A ${chain} ${makeMatches(shape, stack, chain)} ${random.chance(0.2) ? '-g' : '-j'} ${own}`),
    ]
  }
  if (table === 'filter' && random.chance(0.06)) return [rule(`:${chain} DROP`)]
  return [rule(`-A ${chain} ${makeMatches(shape, stack, chain)} ${makeTarget(shape, table, chain)}`)]
}

function makeMatches(shape: Shape, stack: number, chain: string): string {
  const { random } = shape
  const matches: string[] = []
  const not = (): string => (random.chance(0.2) ? '! ' : '')
  if (random.chance(0.3)) matches.push(`${not()}-s ${prefixNear(shape)}`)
  if (random.chance(0.45)) matches.push(`${not()}-d ${prefixNear(shape)}`)
  const incoming = chain === 'PREROUTING' || chain === 'INPUT' || chain === 'FORWARD'
  const outgoing = chain === 'POSTROUTING' || chain === 'OUTPUT' || chain === 'FORWARD'
  if (incoming && random.chance(0.2))
    matches.push(`${not()}-i ${random.of(['v+', 'lo', ...devices(shape, stack)])}`)
  if (outgoing && random.chance(0.2))
    matches.push(`${not()}-o ${random.of(['v+', 'lo', ...devices(shape, stack)])}`)
  const protocol = random.of(['', '', 'tcp', 'udp', 'icmp'])
  if (protocol !== '') matches.push(`-p ${protocol}`)
  if ((protocol === 'tcp' || protocol === 'udp') && random.chance(0.6))
    matches.push(
      random.of([
        `-m ${protocol} ${not()}--dport ${random.of(ports)}`,
        `-m ${protocol} --sport 20000:20020`,
        `-m multiport --dports 53,80:90`,
        `-m multiport ${not()}--ports 8080`,
      ]),
    )
  if (protocol === 'tcp' && random.chance(0.2))
    matches.push(`-m tcp --tcp-flags SYN,ACK ${random.of(['SYN', 'SYN,ACK'])}`)
  if (protocol === 'icmp' && random.chance(0.3))
    matches.push(`-m icmp --icmp-type ${random.of(['8', '0', '8/0'])}`)
  if (random.chance(0.15))
    matches.push(
      `-m conntrack ${not()}--ctstate ${random.of(['NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED', 'INVALID', 'DNAT', 'SNAT', 'UNTRACKED'])}`,
    )
  if (random.chance(0.1)) matches.push(`-m conntrack --ctorigdst ${prefixNear(shape)}`)
  if (random.chance(0.1)) matches.push(`-m mark ${not()}--mark ${random.of(['0x1', '0x80/0x80', '0x2/0x3'])}`)
  if (random.chance(0.06)) matches.push(`-m connmark --mark ${random.of(['0x1', '0x80/0x80'])}`)
  if (random.chance(0.12))
    matches.push(`-m addrtype ${not()}--${random.of(['src', 'dst'])}-type ${random.of(['LOCAL', 'UNICAST'])}`)
  if (random.chance(0.06)) matches.push(`-m statistic --mode random --probability 0.5`)
  if (random.chance(0.06)) matches.push(`-m length --length 100:160`)
  if (random.chance(0.06))
    matches.push(`-m ttl --ttl-${random.of(['eq', 'lt', 'gt'])} ${random.of([64, 63, 62])}`)
  if (random.chance(0.06))
    matches.push(`-m iprange --${random.of(['src', 'dst'])}-range 10.0.0.1-10.2.255.255`)
  if (random.chance(0.08))
    matches.push(
      `-m set ${not()}--match-set ${random.of(['nets dst', 'nets src', 'netports dst,dst', 'hosts src', 'hosts dst'])}`,
    )
  if (random.chance(0.05)) matches.push(`-m dscp --dscp 0x2e`)
  return matches.join(' ')
}

function makeTarget(shape: Shape, table: string, chain: string): string {
  const { random } = shape
  const address = anyAddress(shape)
  const port = random.of(ports)
  switch (table) {
    case 'raw':
      return random.of(['-j DROP', '-j ACCEPT', '-j CT --notrack', '-j MARK --set-mark 1'])
    case 'mangle':
      return random.of([
        '-j MARK --set-mark 1',
        '-j MARK --set-xmark 0x80/0x80',
        '-j MARK --and-mark 0xfe',
        '-j CONNMARK --set-mark 0x80',
        '-j CONNMARK --save-mark',
        '-j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
        '-j CONNMARK --restore-mark',
        chain === 'INPUT' ? '-j ACCEPT' : '-j TTL --ttl-dec 1',
        chain === 'INPUT' ? '-j RETURN' : '-j TTL --ttl-set 3',
        '-j DSCP --set-dscp 0x2e',
        '-j DROP',
        '-j ACCEPT',
        '-j RETURN',
      ])
    case 'nat':
      if (chain === 'PREROUTING' || chain === 'OUTPUT')
        return random.of([
          `-j DNAT --to-destination ${address}`,
          `-j DNAT --to-destination ${address}`,
          `-p ${random.of(['tcp', 'udp'])} -j DNAT --to-destination ${address}:${port}`,
          '-p tcp -j REDIRECT --to-ports 8080',
          '-j REDIRECT',
          `-j NETMAP --to 10.0.0.0/16`,
          '-j ACCEPT',
          '-j RETURN',
        ])
      return random.of([
        `-j SNAT --to-source ${address}`,
        `-j SNAT --to-source ${address} --random-fully`,
        `-p udp -j SNAT --to-source ${address}:3000-3100`,
        ...(chain === 'POSTROUTING'
          ? ['-j MASQUERADE', '-j MASQUERADE', '-j MASQUERADE --random-fully', `-j NETMAP --to 10.1.0.0/16`]
          : []),
        '-j ACCEPT',
        '-j RETURN',
      ])
    default:
      return random.of([
        '-j DROP',
        '-j DROP',
        '-j ACCEPT',
        '-j REJECT',
        '-p tcp -j REJECT --reject-with tcp-reset',
        '-j RETURN',
        '-j LOG',
      ])
  }
}

/** A table of nftables' own: one base chain with a few rules, as the CNI and kube-proxy write them. */
function makeNft(shape: Shape, stack: number): Extra[] {
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

/** The same command for IPv6: 10.1.0.2/24 is fd00:0:0:0:10:1:0:2/112. What IPv6 has not, its tools refuse. */
export const sixOf = (text: string): string =>
  text
    .replace(
      /(\d+)\.(\d+)\.(\d+)\.(\d+)(\/\d+)?(:\d+(?:-\d+)?)?/g,
      (_, a, b, c, d, length?: string, port?: string) => {
        const address = `fd00:0:0:0:${String(a)}:${String(b)}:${String(c)}:${String(d)}`
        if (port !== undefined) return `[${address}]${port}`
        return length === undefined ? address : `${address}/${64 + 2 * Number(length.slice(1))}`
      },
    )
    .replace(/^ip (route|rule|addr|neigh)/gm, 'ip -6 $1')
    // Until nobody else has claimed it, an address is tentative and no source: whether that is over is a matter of time.
    .replace(/^(ip -6 addr add [^\n]*?)( nodad)?$/gm, '$1 nodad')
    .replace(/iptables-(nft|legacy)/g, 'ip6tables-$1')
    .replace(/-p icmp\b/g, '-p ipv6-icmp')
    .replace(/-m icmp --icmp-type 8(\/0)?/g, '-m icmp6 --icmpv6-type 128')
    .replace(/-m icmp --icmp-type 0/g, '-m icmp6 --icmpv6-type 129')
    .replace(/ipproto icmp/g, 'ipproto ipv6-icmp')
    .replace(/--ttl-/g, '--hl-')
    .replace(/-m ttl/g, '-m hl')
    .replace(/-j TTL/g, '-j HL')
    .replace(/\bip (saddr|daddr)\b/g, 'ip6 $1')
    .replace(/\bip dscp\b/g, 'ip6 dscp')
    .replace(/ip ttl set/g, 'ip6 hoplimit set')
    .replace(/table ip /g, 'table ip6 ')
    .replace(/ipv4_addr/g, 'ipv6_addr')
    .replace(/icmp type echo/g, 'icmpv6 type echo')
    .replace(/meta l4proto icmp\b/g, 'meta l4proto icmpv6')
    .replace(/hash:net,port;/g, 'hash:net,port family inet6;')
    .replace(/hash:(net|ip);/g, 'hash:$1 family inet6;')
    .replace(/\/proc\/sys\/net\/ipv4\/conf\/\S+\/(?!forwarding)\w+/g, '/dev/null')
    .replace(/\/proc\/sys\/net\/ipv4\/conf\/\S+\/forwarding/g, '/proc/sys/net/ipv6/conf/all/forwarding')
