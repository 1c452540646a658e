import { describe, expect, test } from 'vitest'
import { runCommand } from '../../src/change/typed/run-command.ts'
import { worldOf } from '../../src/change/world.ts'
import { compileFabric } from '../../src/forward/compile/fabric.ts'
import { readStack } from '../../src/linux/stack.ts'
import type { NetworkStack } from '../../src/model/stack/stack.ts'
import { inFreshNamespace } from '../intent/fresh-namespace.ts'

/**
 * Commands that are typed on a node: what `podpath change` makes of a stack is what the kernel makes of it. Needs root, iptables,
 * nft and iproute2.
 */

const made = [
  'ip link set lo up',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  'ip link add eth0 type veth peer name far0',
  'ip link add eni1 type veth peer name far1',
  'for link in eth0 far0 eni1 far1; do ip link set $link up; done',
  'ip addr add 192.168.1.10/24 dev eth0',
  'ip route add default via 192.168.1.1 dev eth0',
  'ip route add 192.168.1.20 dev eni1 scope link',
  'ip route add default via 192.168.1.1 dev eth0 table 2',
  'ip route add blackhole 10.9.0.0/16',
  'ip rule add pref 512 to 192.168.1.20 lookup main',
  'ip rule add pref 1536 from 192.168.1.20 lookup 2',
  'ip neigh add 192.168.1.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent',
  'iptables-nft -A FORWARD -i eth0 -p tcp -m tcp --dport 80 -j ACCEPT',
  'iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  'iptables-nft -A FORWARD -s 10.0.0.0/8 -j DROP',
  'iptables-nft -N OWN',
  'iptables-nft -A OWN -m comment --comment "two words" -j RETURN',
  'iptables-nft -N EMPTY',
  'iptables-nft -t nat -A POSTROUTING -o eth0 -j MASQUERADE',
  'nft add table inet own',
  'nft add table ip four',
  'nft add chain ip four one',
  "nft 'add chain inet own forward { type filter hook forward priority 0 ; policy accept ; }'",
  'nft add rule inet own forward tcp dport 443 accept',
  'nft add rule inet own forward ip saddr 10.1.0.0/16 drop',
]

const files = {
  'link.json': 'ip -json -details link show',
  'addr.json': 'ip -json addr show',
  'rule.json': 'ip -json rule show',
  'route.json': 'ip -json route show table all',
  'neigh.json': 'ip -json neigh show',
  'iptables-save.txt': 'iptables-nft-save',
  'nft.json': 'nft -j list ruleset',
  'sysctl.txt':
    'for f in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/*/rp_filter; do echo "$(echo ${f#/proc/sys/} | tr / .) = $(cat $f)"; done',
} as const

/** The stack before the command, and after it, in one namespace. */
function around(command: string): readonly [NetworkStack, NetworkStack] {
  const dump = Object.entries(files).flatMap(([name, line]) => [`echo '#### ${name}'`, line])
  const text = inFreshNamespace([...made, ...dump, 'echo "####="', command, ...dump].join('\n'))
  const [before = '', after = ''] = text.split('####=\n')
  return [stackOf(before), stackOf(after)]
}

function stackOf(text: string): NetworkStack {
  const parts = text
    .split('#### ')
    .slice(1)
    .map((part): [string, string] => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)])
  return readStack('node/n', new Map(parts)).stack
}

/** What a stack says, without what changes by itself: indexes, handles, counters, what the kernel says beside a route. */
const told = (stack: NetworkStack) => ({
  routes: stack.routes
    .filter(({ table }) => table !== 'local')
    .map(({ line }) => line.replace(/ (linkdown|dead)\b/g, ''))
    .toSorted(),
  rules: (stack.rules ?? []).map(({ line }) => line),
  neighbours: (stack.neighbours ?? [])
    .filter(({ state }) => state === 'PERMANENT')
    .map(({ line }) => line)
    .toSorted(),
  links: stack.links
    .filter(({ type }) => type !== 'loopback')
    .map(({ name, mtu, mac, flags }) => ({
      name,
      mtu,
      mac,
      up: flags.includes('UP'),
      lower: flags.includes('LOWER_UP'),
    })),
  iptables: (stack.iptables ?? []).flatMap(({ tables }) =>
    tables
      .flatMap(({ name, chains }) =>
        chains.map((chain) => ({
          table: name,
          chain: chain.name,
          policy: chain.policy,
          rules: chain.rules.map(({ line }) => line),
        })),
      )
      .toSorted((a, b) => (`${a.table} ${a.chain}` < `${b.table} ${b.chain}` ? -1 : 1)),
  ),
  nft: (stack.nft ?? [])
    .filter(({ family, name }) => family === 'inet' || name === 'four')
    .map(({ family, name, chains }) => ({
      family,
      name,
      chains: chains.map((chain) => ({
        name: chain.name,
        base: chain.base,
        rules: chain.rules.map(({ expressions }) => expressions),
      })),
    })),
  sysctls: [...(stack.sysctls ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1)),
})

const commands = [
  'iptables -A FORWARD -p tcp --dport 8080 -j DROP',
  'iptables -I FORWARD 2 -s 192.168.1.7 -d 192.168.1.0/255.255.255.0 -j REJECT',
  'iptables -I FORWARD ! -s 10.1.2.3/16 -i eni+ -p udp --sport 53 -m comment --comment "my rule" -j ACCEPT',
  'iptables --insert FORWARD --protocol icmp --icmp-type echo-request --jump DROP',
  'iptables -A FORWARD -m state --state established,new -j ACCEPT',
  'iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP',
  'iptables -A FORWARD -s 10.0.0.1,10.0.0.2 -j DROP',
  'iptables -D FORWARD 2',
  'iptables -D FORWARD -s 10.0.0.0/8 -j DROP',
  'iptables -D FORWARD -i eth0 -p tcp --dport 80 -j ACCEPT',
  'iptables -D OWN -m comment --comment "two words" -j RETURN',
  'iptables -R FORWARD 1 -p tcp --dport 22 -j DROP',
  'iptables -P FORWARD DROP',
  'iptables -F FORWARD',
  'iptables -F',
  'iptables -N MINE',
  'iptables -X EMPTY',
  'iptables -t mangle -A PREROUTING -i eth0 -j MARK --set-mark 0x80',
  'iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
  'iptables -t mangle -A FORWARD -m mark --mark 128/128 -j MARK --or-mark 2',
  'iptables -t raw -A PREROUTING -p tcp --dport 53 -j NOTRACK',
  'iptables -t nat -I POSTROUTING -s 192.168.1.20 ! -d 192.168.0.0/16 -j SNAT --to-source 192.168.1.10',
  'iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080',
  'iptables -t nat -D POSTROUTING -o eth0 -j MASQUERADE',
  'ip route add 10.5.0.0/16 via 192.168.1.1',
  'ip route add 10.5.0.0/16 via 192.168.1.1 dev eth0 metric 50 src 192.168.1.10',
  'ip route add 192.168.1.30 dev eni1',
  'ip route add 192.168.1.30/32 dev eni1 table 7',
  'ip route add blackhole 10.6.0.0/16',
  'ip route add unreachable 10.6.0.0/16 table 2',
  'ip route del 192.168.1.20',
  'ip route del default',
  'ip route del default table 2',
  'ip route replace default via 192.168.1.254',
  'ip route change 192.168.1.20 dev eth0',
  'ip route flush table 2',
  'ip rule add prohibit from 192.168.1.20',
  'ip rule add pref 100 to 10.0.0.0/8 fwmark 0x80/0x80 lookup 2',
  'ip rule del pref 1536',
  'ip rule del to 192.168.1.20 lookup main',
  'ip rule add iif eth0 ipproto tcp dport 80 table 2 priority 77',
  'ip link set dev eni1 down',
  'ip link set eth0 down',
  'ip link set dev eth0 mtu 1400',
  'ip link set dev eni1 address 02:00:5e:00:53:07',
  'ip neigh replace 192.168.1.1 lladdr 02:00:00:00:00:09 dev eth0 nud permanent',
  'ip neigh del 192.168.1.1 dev eth0',
  'ip neigh add 192.168.1.9 lladdr 02:00:00:00:00:09 dev eth0',
  'sysctl -w net.ipv4.conf.eth0.rp_filter=1',
  'sysctl -w net.ipv4.ip_forward=0',
  'nft add rule inet own forward ip daddr 10.2.0.0/16 tcp dport { 80, 443 } drop',
  'nft insert rule inet own forward iifname "eth0" oifname != "lo" counter reject',
  'nft add rule inet own forward ct state established,related accept',
  'nft add rule inet own forward ip saddr 10.0.0.1-10.0.0.9 udp dport 53 drop',
  'nft add rule inet own forward meta mark set 0x80',
  'nft add rule inet own forward meta l4proto icmp drop',
  'nft insert rule inet own forward index 1 icmp type echo-request drop',
  'nft flush chain inet own forward',
  'nft flush table inet own',
  'nft delete table inet own',
  'nft add table inet other',
  "nft 'add chain inet own input { type filter hook input priority filter + 5 ; policy drop ; }'",
  'nft add chain inet own more',
  'nft add rule ip four one reject',
  'nft add rule four one ip saddr 10.0.0.1 masquerade random',
  'nft add rule four one tcp dport 80 dnat to 10.0.0.1:8080',
] as const

/** As a shell takes it apart: what stands in single quotes is one word. */
describe('what a command does to a stack is what the kernel does', () => {
  test.each(commands)('%s', (command) => {
    const script = command.replace(/^iptables/, 'iptables-nft').replaceAll(/"(eth0|lo)"/g, '\\"$1\\"')
    const [before, after] = around(script)
    const world = worldOf(
      compileFabric({
        stacks: [before],
        wires: [
          { a: { stack: 'node/n', interface: 'eth0' }, b: { stack: 'node/n', interface: 'far0' } },
          { a: { stack: 'node/n', interface: 'eni1' }, b: { stack: 'node/n', interface: 'far1' } },
        ],
        vpc: null,
      }),
      null,
    )
    const typed = command.replaceAll(/"(eth0|lo)"/g, '\'"$1"\'')
    const changed = runCommand(world, 'node/n', typed).compiled.stacks.get('node/n')!.stack
    expect(told(changed)).toEqual(told(after))
    expect(told(changed), 'it changes something').not.toEqual(told(before))
  })
})
