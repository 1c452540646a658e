import type { faultRooms } from '../../../model/lab/fault.ts'
import type { KernelFault } from '../fault.ts'
import { fromPeer, toDns, toInternet, toPeer } from './flows.ts'

const findSecondEni = `
eni=$(second_eni)
[ "$eni" ] || fail 'the node has no second ENI'`

const takeSourceRule = `
table=$(ip rule show pref 1536 | awk -v pod="$POD" '$3==pod{print $5}')
[ "$table" ] || fail "no rule sends what comes from $POD to a table of its own"
take_rule 1536 from "$POD/32" lookup "$table"
`

export const nodeRoutingFaults: {
  readonly [Code in (typeof faultRooms)['node-routing'][number]]: KernelFault
} = {
  'ip-forward-off': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: 'setting net.ipv4.ip_forward 0',
  },
  'interface-forwarding-off': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: 'setting "net.ipv4.conf.$VETH.forwarding" 0',
  },
  'blackhole-route': {
    at: 'node',
    pod: 'first-eni',
    trial: toPeer,
    script: 'add_route blackhole "$PEER/32"',
  },
  'unreachable-route-back': {
    at: 'node',
    pod: 'first-eni',
    trial: fromPeer,
    script: 'add_route unreachable "${PEER%.*}.0/24"',
  },
  'prohibit-rule': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: 'add_rule 100 from "$POD/32" to "$PEER/32" prohibit',
  },
  'foreign-rule-first': {
    at: 'node',
    pod: 'beside-later-eni',
    trial: toPeer,
    script: `${findSecondEni}
add_route "\${PEER%.*}.0/24" via "$(gateway)" dev "$eni" onlink table 52
add_rule 5270 lookup 52
`,
  },
  'docker-bridge-overlap': {
    at: 'node',
    pod: 'first-eni',
    trial: toPeer,
    script: `
ip link add docker0 type bridge
undo 'ip link del docker0 2>/dev/null || true'
ip addr add "\${PEER%.*}.1/24" dev docker0
ip link set docker0 up
`,
  },
  'pod-route-missing': {
    at: 'node',
    pod: 'any',
    trial: fromPeer,
    script: 'take_route "$(ip route show "$POD/32" table main)"',
  },
  'pod-route-wrong-veth': {
    at: 'node',
    pod: 'any',
    trial: fromPeer,
    script: `
other=$(ip -4 route show table main | awk -v own="$VETH" '/^[0-9.]+ dev eni/ && $3!=own {print $3; exit}')
[ "$other" ] || fail 'the node has no other pod'
route=$(ip route show "$POD/32" table main)
ip route replace "$POD/32" dev "$other" scope link
undo "! ip route show $POD/32 table main | grep -q $other || ip route replace $route"
`,
  },
  'pod-rule-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: { from: 'pod', to: 'neighbour' },
    script: 'take_rule 512 to "$NEIGHBOUR/32" lookup main',
  },
  'pod-address-on-node': {
    at: 'node',
    pod: 'any',
    trial: fromPeer,
    shows: 'misdirected',
    script: `
eni=$(first_eni)
ip addr add "$POD/32" dev "$eni"
undo "ip addr del $POD/32 dev $eni 2>/dev/null || true"
`,
  },
  'mark-rule-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: toInternet,
    script: 'take_rule 1024 fwmark 0x80/0x80 lookup main',
  },
  'mark-rule-wrong-mask': {
    at: 'node',
    pod: 'later-eni',
    trial: toInternet,
    script: `
take_rule 1024 fwmark 0x80/0x80 lookup main
add_rule 1024 fwmark 0x40/0x40 lookup main
`,
  },
  'source-rule-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: toPeer,
    script: takeSourceRule,
  },
  'source-rule-stale': {
    at: 'node',
    pod: 'beside-later-eni',
    trial: toPeer,
    script: `
[ "$(ip route show table 2 2>/dev/null)" ] || fail 'the node has no second ENI'
add_rule 1536 from "$POD/32" lookup 2
`,
  },
  'source-rule-wrong-table': {
    at: 'node',
    pod: 'later-eni',
    trial: toPeer,
    script: `${takeSourceRule}
add_rule 1536 from "$POD/32" lookup "$((table + 5))"
`,
  },
  'eni-default-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: toPeer,
    script: 'take_route "$(ip route show table 2 | grep ^default)" 2',
  },
  // The kernel takes an interface's routes away with it.
  'eni-down': {
    at: 'node',
    pod: 'later-eni',
    trial: toPeer,
    script: `${findSecondEni}
link=$(ip route show table 2 | grep -v ^default) default=$(ip route show table 2 | grep ^default)
own=$(ip -4 route show table main dev "$eni" proto kernel)
ip link set dev "$eni" down
undo "ip link set dev $eni up && ip route replace $link table 2 && ip route replace $default table 2
[ '$own' ] || ip -4 route flush table main dev $eni proto kernel"
`,
  },
  'veth-down': {
    at: 'node',
    pod: 'any',
    trial: fromPeer,
    script: `
route=$(ip route show "$POD/32" table main)
ip link set dev "$VETH" down
undo "ip link set dev $VETH up && ip route replace $route"
`,
  },
  'router-neighbour-wrong': {
    at: 'node',
    pod: 'first-eni',
    trial: toPeer,
    script: `
router=$(gateway) eni=$(first_eni)
ip neigh replace "$router" lladdr 02:00:5e:00:53:02 dev "$eni" nud permanent
undo "! ip neigh show $router dev $eni | grep -q 02:00:5e:00:53:02 || ip neigh del $router dev $eni"
`,
  },
  'rp-filter-strict': {
    at: 'node',
    pod: 'later-eni',
    trial: toInternet,
    script: 'setting "net.ipv4.conf.$(first_eni).rp_filter" 1',
  },
  // Of what a pod sends the destination is rewritten before its route is looked for; of what the node sends, after.
  'service-cidr-blackhole': {
    at: 'node',
    pod: 'any',
    trial: { ...toDns, from: 'node' },
    script: 'add_route blackhole "${SERVICE%.*.*}.0.0/16"',
  },
  'mtu-small-icmp-blocked': {
    at: 'node',
    pod: 'first-eni',
    trial: { ...toPeer, with: ['--size', '8000'] },
    script: `
eni=$(first_eni)
was=$(mtu_of "$eni")
[ "$was" -gt 1500 ] || fail "the MTU of $eni is $was already"
ip link set dev "$eni" mtu 1500
undo "! ip -o link show dev $eni | grep -q ' mtu 1500 ' || ip link set dev $eni mtu $was"
insert filter OUTPUT -p icmp -m icmp --icmp-type fragmentation-needed -j DROP
`,
  },
}
