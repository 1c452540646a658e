import type { faultRooms } from '../../../model/lab/fault.ts'
import type { KernelFault } from '../fault.ts'
import { fromPeer, toDns, toInternet, toPeer, toWebsite } from './flows.ts'

/** Sets `file` to the resolv.conf that the pod's containers have. No single quotes: it stands between some. */
const ownResolver = `
file=
for process in /proc/[0-9]*; do
  [ "$process/ns/net" -ef /proc/self/ns/net ] && grep -q -s -F -w -e "$POD" "$process/root/etc/hosts" || continue
  file=$process/root/etc/resolv.conf
  break
done
[ "$file" ] && [ -f "$file" ] || { echo "the pod has no resolv.conf" >&2; exit 1; }`

export const podFaults: { readonly [Code in (typeof faultRooms)['pod'][number]]: KernelFault } = {
  'pod-default-route-missing': {
    at: 'pod',
    pod: 'any',
    trial: toPeer,
    script: 'take_route "$(ip route show default | head -n 1)"',
  },
  'pod-gateway-wrong': {
    at: 'pod',
    pod: 'any',
    trial: toPeer,
    script: `
route=$(ip route show default | head -n 1)
[ "$route" ] || fail 'the pod has no default route'
ip route replace default via 169.254.1.2 dev eth0 onlink
undo "! ip route show default | grep -q -F 169.254.1.2 || ip route replace $route"
`,
  },
  'pod-service-route': {
    at: 'pod',
    pod: 'any',
    trial: toDns,
    script: 'add_route unreachable "${SERVICE%.*.*}.0.0/16"',
  },
  'pod-prefix-24': {
    at: 'pod',
    pod: 'any',
    trial: { from: 'pod', to: 'neighbour' },
    script: `
ip addr add "$POD/24" dev eth0
undo "ip addr del $POD/24 dev eth0 2>/dev/null || true"
ip addr del "$POD/32" dev eth0
undo "ip addr show dev eth0 | grep -q -F $POD/32 || ip addr add $POD/32 dev eth0"
`,
  },
  'pod-neighbour-missing': {
    at: 'pod',
    pod: 'any',
    trial: toPeer,
    script: `
mac=$(ip neigh show 169.254.1.1 dev eth0 nud permanent | awk '{print $3}')
[ "$mac" ] || fail 'the pod has no permanent neighbour'
ip neigh del 169.254.1.1 dev eth0
undo "ip neigh replace 169.254.1.1 lladdr $mac dev eth0 nud permanent"
`,
  },
  'pod-neighbour-wrong': {
    at: 'pod',
    pod: 'any',
    trial: toPeer,
    script: `
mac=$(ip neigh show 169.254.1.1 dev eth0 nud permanent | awk '{print $3}')
[ "$mac" ] || fail 'the pod has no permanent neighbour'
ip neigh replace 169.254.1.1 lladdr 02:00:5e:00:53:03 dev eth0 nud permanent
undo "! ip neigh show 169.254.1.1 | grep -q 02:00:5e:00:53:03 || ip neigh replace 169.254.1.1 lladdr $mac dev eth0 nud permanent"
`,
  },
  'veth-address-changed': {
    at: 'node',
    pod: 'any',
    trial: toPeer,
    script: `
was=$(cat "/sys/class/net/$VETH/address" 2>/dev/null) || was=$(ip -o link show dev "$VETH" | sed -n 's/.*link\\/ether \\([0-9a-f:]*\\).*/\\1/p')
[ "$was" ] || fail "the address of $VETH is not known"
ip link set dev "$VETH" address 02:00:5e:00:53:01
undo "! ip -o link show dev $VETH | grep -q 02:00:5e:00:53:01 || ip link set dev $VETH address $was"
`,
  },
  // The kernel takes an interface's routes and neighbours away with it.
  'pod-link-down': {
    at: 'pod',
    pod: 'any',
    trial: toPeer,
    script: `
routes=$(ip route show | sed 's/^/ip route replace /; s/$/;/' | sort)
mac=$(ip neigh show 169.254.1.1 dev eth0 nud permanent | awk '{print $3}')
ip link set dev eth0 down
undo "ip link set dev eth0 up
$routes
ip neigh replace 169.254.1.1 lladdr $mac dev eth0 nud permanent"
`,
  },
  'pod-output-drop': {
    at: 'pod',
    pod: 'any',
    trial: toPeer,
    script: 'insert filter OUTPUT -d "$PEER/32" -j DROP',
  },
  'pod-input-drop': {
    at: 'pod',
    pod: 'any',
    trial: fromPeer,
    script: 'insert filter INPUT -s "$PEER/32" -j DROP',
  },
  'pod-redirect': {
    at: 'pod',
    pod: 'any',
    trial: toWebsite,
    script: 'insert nat OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  },
  'pod-ignores-ping': {
    at: 'pod',
    pod: 'any',
    trial: fromPeer,
    script: 'setting net.ipv4.icmp_echo_ignore_all 1',
  },
  'pod-resolver-wrong': {
    at: 'pod',
    pod: 'any',
    trial: toInternet,
    script: `
finder='${ownResolver}'
eval "$finder"
was=$(base64 <"$file" | tr -d '\\n')
wrong=$(sed "s/^nameserver .*/nameserver $nobody/" "$file")
printf '%s\\n' "$wrong" >"$file"
undo "$finder
! grep -q -F $nobody \\"\\$file\\" || echo $was | base64 -d >\\"\\$file\\""
`,
  },
}
