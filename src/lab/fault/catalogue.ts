import type { FaultCode } from '../../model/lab/fault.ts'
import type { Fault } from './fault.ts'

/** Every fault. Their sentences stand in the catalogues of i18n. */
export const faults: { readonly [Code in FaultCode]: Fault } = {
  'forward-rule': {
    at: 'node',
    pod: 'any',
    trial: 'to-peer',
    script: `
iptables -w 5 -I FORWARD 1 -s "$POD" -d "$PEER" -j DROP
echo "! iptables -w 5 -C FORWARD -s $POD -d $PEER -j DROP 2>/dev/null || iptables -w 5 -D FORWARD -s $POD -d $PEER -j DROP"
`,
  },
  'forward-policy': {
    at: 'node',
    pod: 'any',
    trial: 'to-peer',
    script: `
was=$(iptables -w 5 -S FORWARD | awk '/^-P FORWARD/{print $3}')
iptables -w 5 -P FORWARD DROP
echo "iptables -w 5 -P FORWARD $was"
`,
  },
  'ip-forward-off': {
    at: 'node',
    pod: 'any',
    trial: 'to-peer',
    script: `
sysctl -q -w net.ipv4.ip_forward=0
echo 'sysctl -q -w net.ipv4.ip_forward=1'
`,
  },
  'blackhole-route': {
    at: 'node',
    pod: 'first-eni',
    trial: 'to-peer',
    script: `
ip route add blackhole "$PEER/32"
echo "! ip route show type blackhole $PEER/32 | grep -q . || ip route del blackhole $PEER/32"
`,
  },
  'prohibit-rule': {
    at: 'node',
    pod: 'any',
    trial: 'to-peer',
    script: `
ip rule add from "$POD/32" to "$PEER/32" pref 100 prohibit
echo "! ip rule show pref 100 | grep -q prohibit || ip rule del from $POD/32 to $PEER/32 pref 100 prohibit"
`,
  },
  'pod-route-missing': {
    at: 'node',
    pod: 'any',
    trial: 'from-peer',
    script: `
route=$(ip route show "$POD/32" table main)
[ "$route" ] || { echo "there is no route to $POD" >&2; exit 1; }
ip route del "$POD/32" table main
echo "ip route replace $route"
`,
  },
  'pod-default-route-missing': {
    at: 'pod',
    pod: 'any',
    trial: 'to-peer',
    script: `
route=$(ip route show default | head -n 1)
[ "$route" ] || { echo 'the pod has no default route' >&2; exit 1; }
ip route del default
echo "ip route replace $route"
`,
  },
  'veth-address-changed': {
    at: 'node',
    pod: 'any',
    trial: 'to-peer',
    script: `
was=$(cat "/sys/class/net/$VETH/address" 2>/dev/null) || was=$(ip -o link show dev "$VETH" | sed -n 's/.*link\\/ether \\([0-9a-f:]*\\).*/\\1/p')
[ "$was" ] || { echo "the address of $VETH is not known" >&2; exit 1; }
ip link set dev "$VETH" address 02:00:5e:00:53:01
echo "ip link set dev $VETH address $was"
`,
  },
  'snat-missing': {
    at: 'node',
    pod: 'first-eni',
    trial: 'to-internet',
    inPublicSubnets: true,
    script: `
rule=$(iptables -w 5 -t nat -S POSTROUTING | grep -m 1 -e '-j AWS-SNAT-CHAIN-0') || { echo 'nothing jumps to AWS-SNAT-CHAIN-0' >&2; exit 1; }
iptables -w 5 -t nat -D POSTROUTING -m comment --comment 'AWS SNAT CHAIN' -j AWS-SNAT-CHAIN-0
echo "iptables -w 5 -t nat -C \${rule#-A } 2>/dev/null || iptables -w 5 -t nat \${rule}"
`,
  },
  'snat-exclusion-missing': {
    at: 'node',
    pod: 'first-eni',
    trial: 'to-peer',
    script: `
first=$(iptables -w 5 -t nat -S AWS-SNAT-CHAIN-0 | grep -m 1 -e '^-A')
rest=\${first#-A AWS-SNAT-CHAIN-0 }
case $rest in
'! -d '*)
iptables -w 5 -t nat -R AWS-SNAT-CHAIN-0 1 -m comment --comment 'AWS SNAT CHAIN' -j AWS-SNAT-CHAIN-1
echo "iptables -w 5 -t nat -R AWS-SNAT-CHAIN-0 1 $rest";;
# Newer versions of aws-node return where older ones go on.
'-d '*' -j RETURN')
iptables -w 5 -t nat -D AWS-SNAT-CHAIN-0 1
echo "iptables -w 5 -t nat -C AWS-SNAT-CHAIN-0 $rest 2>/dev/null || iptables -w 5 -t nat -I AWS-SNAT-CHAIN-0 1 $rest";;
*) echo 'AWS-SNAT-CHAIN-0 excludes nothing' >&2; exit 1;;
esac
`,
  },
  'rp-filter-strict': {
    at: 'node',
    pod: 'later-eni',
    trial: 'to-internet',
    script: `
eni=$(ip -4 route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
was=$(sysctl -n "net.ipv4.conf.$eni.rp_filter")
sysctl -q -w "net.ipv4.conf.$eni.rp_filter=1"
echo "sysctl -q -w net.ipv4.conf.$eni.rp_filter=$was"
`,
  },
  'mark-rule-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: 'to-internet',
    script: `
ip rule del pref 1024 fwmark 0x80/0x80 lookup main
echo 'ip rule show pref 1024 | grep -q fwmark || ip rule add pref 1024 fwmark 0x80/0x80 lookup main'
`,
  },
  'source-rule-missing': {
    at: 'node',
    pod: 'later-eni',
    trial: 'to-peer',
    script: `
table=$(ip rule show pref 1536 | awk -v pod="$POD" '$3==pod{print $5}')
[ "$table" ] || { echo "no rule sends what comes from $POD to a table of its own" >&2; exit 1; }
ip rule del pref 1536 from "$POD/32" lookup "$table"
echo "ip rule show pref 1536 | grep -q -F 'from $POD lookup $table' || ip rule add pref 1536 from $POD/32 lookup $table"
`,
  },
  'source-rule-stale': {
    at: 'node',
    pod: 'first-eni',
    trial: 'to-peer',
    script: `
[ "$(ip route show table 2 2>/dev/null)" ] || { echo 'the node has no second ENI' >&2; exit 1; }
ip rule add pref 1536 from "$POD/32" lookup 2
echo "! ip rule show pref 1536 | grep -q -F 'from $POD lookup 2' || ip rule del pref 1536 from $POD/32 lookup 2"
`,
  },
  'security-group-closed': { at: 'vpc', pod: 'any', trial: 'from-peer', change: 'close-security-group' },
  'network-acl-deny': { at: 'vpc', pod: 'any', trial: 'from-peer', change: 'deny-in-network-acl' },
  'internet-route-missing': { at: 'vpc', pod: 'any', trial: 'to-internet', change: 'delete-internet-route' },
}
