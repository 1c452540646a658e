import { type Extra, ports } from './scenario.ts'
import { type Shape, anyAddress, prefixNear, devices } from './shape.ts'

/** Random rules of iptables. */

const chainsOf: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export function makeRule(shape: Shape, stack: number): Extra[] {
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
