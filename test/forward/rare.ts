/** Rules, routes and settings that real nodes seldom have, drawn apart so that the networks of known seeds stay the same. */
import { addressOf, deviceOf, homeOf, ports, type Extra, type Scenario } from './scenario.ts'
import { randomFrom, type Random } from './random.ts'

/** The same network with a few of them. */
export function withRareThings(scenario: Scenario): Scenario {
  const random = randomFrom(scenario.seed ^ 0x5f3759df)
  const extras = Array.from({ length: 3 + random.int(5) }, () => rareThing(random, scenario))
  return { ...scenario, extras: [...scenario.extras, ...extras] }
}

const nft = (text: string): string => `nft '${text}'`

function rareThing(random: Random, { stacks, wires }: Scenario): Extra {
  const stack = random.int(stacks)
  const own = wires.flatMap(({ a, b }, i) => (a === stack || b === stack ? [deviceOf(i)] : []))
  const device = random.of(own)
  const address = random.chance(0.5)
    ? homeOf(random.int(stacks))
    : addressOf(random.int(wires.length), random.of(['a', 'b'] as const))
  const backend = random.of(['nft', 'legacy'] as const)
  const shell = (text: string): Extra => ({ stack, kind: 'shell', text })
  const rule = (table: string, text: string): Extra => ({ stack, kind: 'iptables', table, text, backend })
  const chain = random.of(['INPUT', 'FORWARD', 'OUTPUT'])
  const end = random.of(['-j DROP', '-j REJECT', '-j ACCEPT'])
  const port = random.of(ports)
  return random.of([
    () => rule('filter', `-A ${chain} -m conntrack --ctorigsrc ${address} ${end}`),
    () => rule('filter', `-A ${chain} -m conntrack --ctreplsrc ${address} ${end}`),
    () => rule('filter', `-A ${chain} -p udp -m conntrack --ctproto udp --ctorigdstport ${port} ${end}`),
    () => rule('filter', `-A ${chain} -m conntrack --ctdir ${random.of(['ORIGINAL', 'REPLY'])} ${end}`),
    () =>
      rule(
        'filter',
        `-A ${chain} -m conntrack --ctstatus ${random.of(['SEEN_REPLY', 'NONE', 'ASSURED'])} ${end}`,
      ),
    () => rule('filter', `-A ${chain} -m tos --tos 0x10/0x3f ${end}`),
    () => rule('filter', `-A ${chain} -m comment --comment "a \\"quoted\\" word" -d ${address} ${end}`),
    () => rule('filter', `-A ${chain} -p icmp -m icmp --icmp-type any ${end}`),
    () => rule('filter', `-A ${chain} -p tcp -m tcp ! --syn ${end}`),
    () => rule('filter', `-A ${chain} -m pkttype --pkt-type unicast -s ${address} ${end}`),
    () =>
      rule(
        'filter',
        `-A ${chain} -m recent --name seen ${random.of(['--set', '--rcheck --seconds 60', '--update --seconds 60 --hitcount 4', '--remove', '! --rcheck --rdest'])} -d ${address} ${end}`,
      ),
    () =>
      rule(
        'filter',
        `-A ${chain} ${random.of(['-m hashlimit --hashlimit-above 5/min --hashlimit-mode srcip --hashlimit-name h', '-m connlimit --connlimit-above 3', '-p tcp -m connlimit --connlimit-above 0', '-m quota --quota 500', '-m limit --limit 1/min --limit-burst 2'])} -d ${address} ${end}`,
      ),
    () =>
      rule(
        'nat',
        `-A POSTROUTING -j SNAT --to-source ${homeOf(0)}-${homeOf(random.int(stacks))} ${random.of(['', '--persistent'])}`,
      ),
    () =>
      rule(
        'nat',
        `-A PREROUTING -j DNAT --to-destination 10.0.0.1-10.${random.int(3)}.0.${2 + random.int(40)} ${random.of(['', '--persistent'])}`,
      ),
    () => rule('nat', `-A PREROUTING -p udp -j DNAT --to-destination ${address}:53-9999/53`),
    () =>
      shell(
        nft(
          `table inet t${random.int(9999)} { flags dormant; chain c { type filter hook forward priority 5; drop; }; }`,
        ),
      ),
    () =>
      shell(
        nft(
          `table netdev t${random.int(9999)} { chain c { type filter hook ${random.of(['ingress', 'egress'])} device ${device} priority 5; ip daddr ${address} drop; }; }`,
        ),
      ),
    () =>
      shell(
        nft(
          `table ip t${random.int(9999)} { chain c { type filter hook prerouting priority -140; ${random.of(['fib saddr . iif oif missing drop', 'ip saddr & 255.255.0.255 == 10.1.0.2 drop', 'limit rate over 2/minute drop', 'icmp code net-unreachable drop'])}; }; }`,
        ),
      ),
    () =>
      shell(
        nft(
          `table ip t${random.int(9999)} { chain c { type nat hook prerouting priority -92; dnat to ip daddr map { 10.100.0.1 : ${address}, 10.100.0.2 : ${homeOf(0)} }; }; }`,
        ),
      ),
    () => rule('filter', `-A ${chain} -m limit --limit 1000/sec --limit-burst 1000 -d ${address} ${end}`),
    () =>
      rule(
        'filter',
        `-A ${chain} -d ${address} -j REJECT --reject-with ${random.of(['icmp-host-prohibited', 'icmp-net-unreachable', 'icmp-admin-prohibited'])}`,
      ),
    () => rule('security', `-A ${chain} -d ${address} ${random.of(['-j DROP', '-j ACCEPT'])}`),
    () =>
      rule(
        'mangle',
        `-A PREROUTING -i ${device} -m addrtype --dst-type LOCAL --limit-iface-in -j MARK --set-mark 2`,
      ),
    () => rule('mangle', `-A ${random.of(['PREROUTING', 'OUTPUT'])} -d ${address} -j MARK --or-mark 0x2`),
    () => rule('mangle', `-A ${random.of(['PREROUTING', 'OUTPUT'])} -d ${address} -j MARK --xor-mark 0x81`),
    () => rule('mangle', `-A ${random.of(['PREROUTING', 'POSTROUTING'])} -j TOS --set-tos 0x10/0xff`),
    () =>
      rule(
        'mangle',
        `-A FORWARD -o ${device} -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`,
      ),
    () => rule('mangle', `-A PREROUTING -m statistic --mode nth --every 2 --packet 0 -j MARK --set-mark 1`),
    () =>
      rule('mangle', `-A PREROUTING -m rpfilter ${random.of(['--loose', '--invert'])} -j MARK --set-mark 1`),
    () => rule('nat', `-A POSTROUTING -s ${address} -j SNAT --to-source ${homeOf(stack)}-${homeOf(stack)}`),
    () => rule('nat', `-A POSTROUTING -p tcp -j MASQUERADE --to-ports 40000-40100`),
    () => rule('nat', `-A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination :5353`),
    () => rule('nat', `-A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080-8081`),
    () =>
      rule(
        'raw',
        `-A PREROUTING -i ${device} -m set --match-set ${random.of(['nets src,dst', 'hosts dst'])} -j DROP`,
      ),
    () => shell(`ip rule add oif ${device} lookup ${random.of(['100', 'main'])} pref ${90 + random.int(9)}`),
    () =>
      shell(
        `ip rule add uidrange 0-0 to ${address} ${random.of(['prohibit', 'lookup main'])} pref ${80 + random.int(9)}`,
      ),
    () =>
      shell(
        `ip rule add ipproto udp sport 20000-20010 ${random.of(['blackhole', 'lookup main'])} pref ${70 + random.int(9)}`,
      ),
    () => shell(`ip rule add iif ${device} to ${address} goto 32766 pref ${60 + random.int(9)}`),
    () => shell(`ip rule add from ${homeOf(random.int(stacks))} nop pref ${50 + random.int(9)}`),
    () =>
      shell(
        `ip link set ${device} group 7; ip rule add lookup main suppress_ifgroup 7 pref ${40 + random.int(9)}`,
      ),
    () => shell(`ip route replace ${address} dev ${device} scope link metric ${random.int(20)}`),
    () => shell('echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all'),
    () => shell(`echo ${random.of([32, 3])} > /proc/sys/net/ipv4/ip_default_ttl`),
    () => shell('echo 1 > /proc/sys/net/ipv4/conf/all/src_valid_mark'),
    () => shell(`echo ${random.int(3)} > /proc/sys/net/ipv4/conf/all/rp_filter`),
  ])()
}
