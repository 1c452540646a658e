import { tcFilters } from '../../src/cluster/collect/tc-filters.ts'
import { deviceOf, addressOf, gatewayOf, homeOf, nextHop, type Scenario } from './scenario.ts'

/** The commands that make a stack of a scenario, and those that print it. */

export const macOf = (wire: number, end: 'a' | 'b'): string => `02:00:00:00:0${wire}:0${end}`

export const base = (scenario: Scenario, stack: number): string => {
  const { wires, stacks } = scenario
  const lines = [
    'ip link set lo up',
    `ip addr add ${homeOf(stack)}/32 dev lo`,
    'for f in all default; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    ...(scenario.six
      ? [
          'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad',
          'echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra',
          'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
        ]
      : ['echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6']),
    'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit',
    'echo 0 > /proc/sys/net/ipv4/icmp_ratemask',
  ]
  wires.forEach((wire, index) => {
    const end = wire.a === stack ? 'a' : wire.b === stack ? 'b' : null
    if (end === null) return
    if (scenario.six) lines.push(`echo 0 > /proc/sys/net/ipv6/conf/${deviceOf(index)}/accept_dad`)
    lines.push(
      `ip addr add ${addressOf(index, end)}/24 dev ${deviceOf(index)}${scenario.six ? ' nodad' : ''}`,
      `ip link set ${deviceOf(index)} mtu ${wire.mtu} up`,
      // Rules that drop everything drop neighbour discovery too; IPv6 is tried with fixed neighbours as well.
      ...(scenario.six && scenario.discovers !== true
        ? [
            `ip neigh replace ${addressOf(index, end === 'a' ? 'b' : 'a')} lladdr ${macOf(index, end === 'a' ? 'b' : 'a')} dev ${deviceOf(index)} nud permanent`,
          ]
        : []),
    )
  })
  for (let other = 0; other < stacks; other++) {
    const next = other === stack ? null : nextHop(wires, stacks, stack, other)
    if (next === null) continue
    const via = gatewayOf(wires, next.wire, stack)
    lines.push(`ip route add ${homeOf(other)} via ${via}`)
    if (other === 0) lines.push(`ip route add default via ${via}`)
    wires.forEach((wire, index) => {
      if (wire.a === stack || wire.b === stack || (wire.a !== other && wire.b !== other)) return
      lines.push(`ip route add 10.${index}.0.0/24 via ${via} 2>/dev/null || true`)
    })
  }
  lines.push(
    'ipset create nets hash:net; ipset add nets 10.0.0.0/16; ipset add nets 10.1.0.0/24; ipset add nets 172.20.0.0/31; ipset add nets 10.0.0.2/32 nomatch',
    'ipset create netports hash:net,port; ipset add netports 10.0.0.0/8,udp:53; ipset add netports 172.20.0.0/16,tcp:80',
    'ipset create hosts hash:ip; ipset add hosts 172.20.1.1; ipset add hosts 10.0.0.1',
  )
  return lines.join('\n')
}

export function extras(scenario: Scenario, stack: number): string {
  const mine = scenario.extras.filter((extra) => extra.stack === stack)
  const lines: string[] = []
  for (const backend of ['nft', 'legacy'] as const)
    for (const table of ['raw', 'mangle', 'nat', 'filter', 'security']) {
      const rules = mine.filter(
        (extra) => extra.kind === 'iptables' && extra.table === table && extra.backend === backend,
      )
      // One rule at a time: what iptables refuses (a target where it may not stand) is left out alone.
      for (const rule of rules) {
        const text = rule.text
        if (text.startsWith(':')) {
          const [chain = '', policy = '-'] = text.slice(1).split(' ')
          lines.push(
            policy === '-'
              ? `iptables-${backend} -t ${table} -N ${chain} 2>/dev/null`
              : `iptables-${backend} -t ${table} -P ${chain} ${policy}`,
          )
        } else lines.push(`iptables-${backend} -t ${table} ${text}`)
      }
    }
  for (const extra of mine) {
    if (extra.kind === 'shell') lines.push(extra.text)
    if (extra.kind === 'nft') lines.push(`nft -f - <<'EOF'\n${extra.text}\nEOF`)
  }
  return lines.length === 0 ? 'true' : lines.join('\n')
}

/** The kernel gives a device its address of the link a moment after its carrier (net/ipv6/addrconf.c); who has none by then has none. */
const settled =
  'for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(ip -o link show up | grep -v LOOPBACK | grep -c LOWER_UP)" = "$(ip -6 -o addr show scope link -tentative | grep -c .)" ] && break; sleep 0.03; done'

export const dumps: Readonly<Record<string, string>> = {
  'link.json': `${settled}; ip -json -details link show`,
  'addr.json': 'ip -json addr show',
  'rule.json': 'ip -json rule show',
  'route.json': 'ip -4 -json route show table all',
  'rule6.json': 'ip -6 -json rule show',
  'route6.json': 'ip -6 -json route show table all',
  'ip6tables-save.txt': 'ip6tables-nft-save 2>/dev/null; ip6tables-legacy-save 2>/dev/null',
  'fib_triestat.txt': 'cat /proc/net/fib_triestat',
  'neigh.json': 'ip -json neigh show',
  'iptables-save.txt': 'iptables-nft-save 2>/dev/null; iptables-legacy-save 2>/dev/null',
  'ipset-save.txt': 'ipset save',
  'conntrack.txt': 'conntrack -L 2>/dev/null || true',
  'tc.txt': tcFilters,
  'xfrm-policy.txt': 'ip xfrm policy',
  'nft.json': 'nft -j list ruleset',
  'sysctl.txt':
    'grep -r "" /proc/sys/net/ipv4/conf /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4/icmp_echo_ignore_all /proc/sys/net/ipv6/icmp/echo_ignore_all /proc/sys/net/ipv6/conf/all/forwarding | sed "s,/proc/sys/,,; s,:, = ,; s,/,.,g"',
}
