#!/bin/sh
# Runs the commands of the EKS log collector (log-collector-script/linux/eks-log-collector.sh 0.7.9) that say how packets
# travel, on a node, and packs what they print as it does: the archive goes to standard output. As root, on the node.
set -u
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
mkdir -p "$d/networking" "$d/sysctls" "$d/system" "$d/kernel" "$d/ipamd"
for t in mangle filter nat; do
	for i in iptables ip6tables; do
		$i --wait 1 --numeric --verbose --list --table $t >"$d/networking/$i-$t.txt"
	done
done
iptables-save >"$d/networking/iptables-save.txt"
ip6tables-save >"$d/networking/ip6tables-save.txt"
{ ipset --list; echo; ipset --save; } >"$d/networking/ipset.txt"
{
	echo "*** Output of conntrack -S *** "
	conntrack -S
	echo "*** Output of conntrack -L ***"
	conntrack -L
} >"$d/networking/conntrack.txt" 2>/dev/null
ifconfig >"$d/networking/ifconfig.txt"
ip rule show >"$d/networking/iprule.txt"
ip -6 rule show >"$d/networking/ip6rule.txt"
ip route show table all >"$d/networking/iproute.txt"
ip -6 route show table all >"$d/networking/ip6route.txt"
sysctl --all >"$d/sysctls/sysctl_all.txt" 2>/dev/null
uname -a >"$d/kernel/uname.txt"
[ $# -gt 0 ] && echo "$1" >"$d/system/instance-id.txt"
[ $# -gt 1 ] && printf '%s' "$2" >"$d/ipamd/ipam.json"
tar --create --gzip --file - --directory="$d" .
