import { describe, expect, test } from 'vitest'
import { judge } from './judge.ts'
import { lineScenario, type LineCase } from './line-of-three.ts'

/**
 * What random networks seldom make, each by itself on three namespaces in a row: a real packet, and the kernel's word
 * against ours. Needs root, iptables, nft, perl.
 */

const six = { six: true, discovers: true } as const
const drops = (chain: string, type: string): string =>
  `ip6tables -A ${chain} -p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j DROP`

const discovery: readonly LineCase[] = [
  { ...six, name: 'plain', because: 'everybody answers' },
  { ...six, name: 'left OUTPUT', left: drops('OUTPUT', '135'), because: 'the question is not sent' },
  {
    ...six,
    name: 'left OUTPUT, to its own home',
    left: drops('OUTPUT', '135'),
    flow: { to: '172.20.0.1' },
    because: 'nobody is asked',
  },
  { ...six, name: 'left INPUT', left: drops('INPUT', '136'), because: 'the answer does not come in' },
  { ...six, name: 'middle INPUT', middle: drops('INPUT', '135'), because: 'it does not hear the question' },
  {
    ...six,
    name: 'middle OUTPUT',
    middle: drops('OUTPUT', '136'),
    because: 'its answer to left is not sent',
  },
  {
    ...six,
    name: 'right OUTPUT of questions',
    right: drops('OUTPUT', '135'),
    because: 'it has learned from the question who asked',
  },
  {
    ...six,
    name: 'right INPUT, policy',
    right: 'ip6tables -P INPUT DROP; ip6tables -A INPUT -p udp -j ACCEPT',
    because: 'datagrams are allowed, and nobody can ask for its address',
  },
  {
    ...six,
    name: 'invalid is dropped',
    middle: 'ip6tables -A INPUT -m conntrack --ctstate INVALID -j DROP',
    because: 'neighbour discovery is untracked, not invalid (nf_conntrack_proto_icmpv6.c)',
  },
  {
    ...six,
    name: 'untracked is dropped',
    middle: 'ip6tables -A INPUT -m conntrack --ctstate UNTRACKED -j DROP',
    because: 'neighbour discovery is untracked',
  },
  {
    ...six,
    name: 'only from the link',
    right: 'ip6tables -A INPUT ! -s fe80::/10 -p ipv6-icmp -j DROP',
    because: 'the router asks with its address of the link for a packet that it forwards',
  },
  {
    ...six,
    name: 'not from the link',
    right: 'ip6tables -A INPUT -s fe80::/10 -j DROP',
    because: 'the router asks with its address of the link for a packet that it forwards',
  },
  {
    ...six,
    name: 'not from the link, at the router',
    middle: 'ip6tables -A INPUT -s fe80::/10 -j DROP',
    because: 'the sender asks with the address that the packet has',
  },
  {
    ...six,
    name: 'an address of lo as the source',
    middle: 'ip6tables -A INPUT -s fe80::/10 -j DROP',
    flow: { source: '172.20.0.1' },
    because: 'that is no address of the device: it asks with the link’s',
  },
  {
    ...six,
    name: 'the answer goes to a wrong MAC address',
    middle: 'ip neigh replace 10.0.0.1 lladdr 02:00:00:00:00:99 dev v0 nud permanent',
    because: 'a permanent entry learns nothing from the question',
  },
  {
    ...six,
    name: 'the answer goes to the right MAC address',
    middle: 'ip neigh replace 10.0.0.1 lladdr 02:00:00:00:00:99 dev v0 nud stale',
    because: 'any other entry learns it from the question',
  },
  {
    ...six,
    name: 'nft inet input',
    middle:
      "nft -f - <<'END'\ntable inet t { chain c { type filter hook input priority 0; icmpv6 type nd-neighbor-solicit drop; }; }\nEND",
    because: 'nft sees it too',
  },
  {
    ...six,
    name: 'nft output in raw',
    middle:
      "nft -f - <<'END'\ntable ip6 t { chain c { type filter hook output priority -300; icmpv6 type nd-neighbor-advert drop; }; }\nEND",
    because: 'before conntrack as after it',
  },
  {
    ...six,
    name: 'postrouting',
    middle: 'ip6tables -t mangle -A POSTROUTING -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j DROP',
    because: 'it passes POSTROUTING',
  },
  {
    ...six,
    name: 'prerouting',
    right: 'ip6tables -t raw -A PREROUTING -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j DROP',
    because: 'it passes PREROUTING',
  },
  {
    ...six,
    name: 'forward',
    middle: drops('FORWARD', '135'),
    because: 'nobody forwards neighbour discovery',
  },
  {
    ...six,
    name: 'another hop limit',
    middle: 'ip6tables -t mangle -A POSTROUTING -p ipv6-icmp -j HL --hl-set 64',
    because: 'it counts with 255 alone (ndisc_rcv)',
  },
  {
    ...six,
    name: 'multicast alone',
    right: 'ip6tables -A INPUT -d ff00::/8 -j DROP',
    because: 'the question goes to all who might have the address',
  },
  {
    ...six,
    name: 'pkttype',
    right: 'ip6tables -A INPUT -m pkttype --pkt-type multicast -j DROP',
    because: 'the question goes to all who might have the address',
  },
  {
    ...six,
    name: 'a length',
    right: 'ip6tables -A INPUT -m length --length 72 -j DROP',
    because: 'a question with its sender’s MAC has 72 octets',
  },
]

/** Until somebody adds a rule, IPv4's `local` and `main` are one table (fib_new_table, fib_unmerge). */
const tables: readonly LineCase[] = [
  {
    name: 'a part of a local prefix',
    middle: 'ip route add local 10.1.0.0/24 dev lo table local; ip route replace 10.1.0.2 dev v1 table main',
    flow: { protocol: 'icmp' },
    because: 'the longer prefix of both wins',
  },
  {
    name: 'a part of a local prefix, once there was a rule',
    middle:
      'ip rule add from 1.2.3.4 lookup 99; ip route add local 10.1.0.0/24 dev lo table local; ip route replace 10.1.0.2 dev v1 table main',
    flow: { protocol: 'icmp' },
    because: 'local comes first',
  },
  {
    name: 'a part of a local prefix, and a rule that is gone again',
    middle:
      'ip rule add from 1.2.3.4 lookup 99; ip rule del from 1.2.3.4 lookup 99; ip route add local 10.1.0.0/24 dev lo table local; ip route replace 10.1.0.2 dev v1 table main',
    flow: { protocol: 'icmp' },
    because: 'what was two tables once stays so',
  },
  {
    name: 'the same prefix in both',
    middle: 'ip route add local 10.1.0.2/32 dev lo table local; ip route replace 10.1.0.2 dev v1 table main',
    flow: { protocol: 'icmp' },
    because: 'of one prefix the local route is first',
  },
  {
    name: 'a blackhole within a local prefix',
    middle: 'ip route add local 10.1.0.0/24 dev lo table local; ip route add blackhole 10.1.0.2 table main',
    flow: { protocol: 'icmp' },
    because: 'the longer prefix of both wins',
  },
  {
    name: 'a throw in local',
    middle: 'ip route add throw 10.1.0.2 table local',
    because: 'what is thrown out of the one table is in none',
  },
  {
    name: 'a throw in local, two tables',
    middle: 'ip rule add from 1.2.3.4 lookup 99; ip route add throw 10.1.0.2 table local',
    because: 'main comes next',
  },
  {
    name: 'a throw in main',
    middle: 'ip route add throw 10.1.0.2 table main; ip route add default dev v1 table default',
    because: 'default comes next',
  },
  {
    name: 'local in main',
    left: 'ip route add local 10.9.9.9 dev lo table main',
    flow: { source: '10.9.9.9' },
    because: 'an address of main is one of the stack’s own as well',
  },
  {
    name: 'local in main, two tables',
    left: 'ip rule add from 1.2.3.4 lookup 99; ip route add local 10.9.9.9 dev lo table main',
    flow: { source: '10.9.9.9' },
    because: 'no address of the local table',
  },
  {
    name: 'loopback, a part of it elsewhere',
    left: 'ip route add 127.1.0.0/16 via 10.0.0.2; echo 1 > /proc/sys/net/ipv4/conf/v0/route_localnet',
    middle: 'echo 1 > /proc/sys/net/ipv4/conf/v0/route_localnet',
    flow: { to: '127.1.0.1', protocol: 'icmp' },
    because: 'the longer prefix of both wins',
  },
  {
    name: 'IPv6',
    six: true,
    middle:
      'ip -6 route add local fd00::10:1:0:0/112 dev lo table local; ip -6 route replace fd00::10:1:0:2 dev v1 table main',
    flow: { protocol: 'icmp' },
    because: 'IPv6 has two tables from the beginning',
  },
]

const others: readonly LineCase[] = [
  { name: 'to nobody', flow: { to: '0.0.0.0' }, because: '0.0.0.0 is the sender itself' },
  {
    name: 'to nobody, from an address',
    flow: { to: '0.0.0.0', source: '10.0.0.1' },
    because: '0.0.0.0 is what the socket is bound to',
  },
  { name: 'to nobody, TCP', flow: { to: '0.0.0.0', protocol: 'tcp' }, because: 'the same for TCP' },
  {
    name: 'a connection that nobody tracks',
    middle:
      'conntrack -I -p tcp --src 10.0.0.1 --dst 10.1.0.2 --sport 20000 --dport 80 --state ESTABLISHED --timeout 100 >/dev/null; iptables -A FORWARD -p tcp --syn -j DROP',
    flow: { protocol: 'tcp', port: 80 },
    because: 'no rule asks for conntrack, so that its entries are passed over',
  },
  {
    name: 'a filter of tc',
    middle: 'tc qdisc add dev v1 clsact; tc filter add dev v1 egress protocol ip matchall action drop',
    because: 'what it does is not modelled',
    open: true,
  },
  {
    name: 'a filter of tc that is not on the way',
    middle:
      'ip link add d0 type dummy; tc qdisc add dev d0 clsact; tc filter add dev d0 egress protocol ip matchall action drop',
    because: 'nothing passes it',
  },
  {
    name: 'a policy of IPsec',
    middle:
      'ip xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out tmpl src 10.1.0.1 dst 10.1.0.2 proto esp mode tunnel',
    because: 'what it does is not modelled',
    open: true,
  },
  {
    name: 'a policy of IPsec for others',
    middle:
      'ip xfrm policy add src 10.7.0.0/24 dst 10.1.0.0/24 dir out tmpl src 10.1.0.1 dst 10.1.0.2 proto esp mode tunnel',
    because: 'the packet is none of its',
  },
]

describe.each([
  { what: 'others', cases: others },
  { what: 'neighbour discovery', cases: discovery },
  { what: 'tables', cases: tables },
])('$what', ({ cases }) => {
  test.each(cases)('$name: $because', async (one) => {
    const [found] = await judge(lineScenario(one))
    expect(found?.kind === 'disagrees' ? `${found.said}\nwas ${found.was}` : found?.kind).toBe(
      one.open === true && found?.kind === 'unknown' ? 'unknown' : 'agrees',
    )
  })
})
