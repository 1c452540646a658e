import type { Argv } from '../../exec/runner.ts'
import { tcFilters } from './tc-filters.ts'
import { findNamespaceScript, foundNamespace, uidPattern } from './find-namespace-script.ts'

/** A pod's stack, as the script on its node finds it. */
export interface WantedPod {
  readonly address: string
  readonly uid: string
}

/**
 * Collects one network namespace: `sh -c COLLECT podpath INDEX BLOCKS BACKEND`. Every output goes into a file of its
 * own, of at most BLOCKS blocks (a command that says more gets SIGXFSZ), and all of them are sent as one parcel (see
 * read-parcels.ts): so it takes few processes. On standard error a line \`#INDEX FILE\` precedes what each command
 * complains of. A stack without connections is not asked for them: conntrack(8) walks the whole machine's table.
 */
const collect = `
i=$1 backend=$3 all= names=
d=$(mktemp -d) && cd "$d" || exit 1
trap 'rm -rf "$d"' EXIT
ulimit -f "$2"
say() {
name=$1; shift
printf '#%s %s\\n' "$i" "$name" >&2
"$@" >"$name"
all="$all $name:$?" names="$names $name"
}
say link.json ip -json -details link show
say addr.json ip -json addr show
say rule.json ip -json rule show
say rule6.json ip -json -6 rule show
say route.json ip -json route show table all
say route6.json ip -json -6 route show table all
tables() { cat /proc/net/fib_triestat 2>/dev/null; :; }
say fib_triestat.txt tables
say neigh.json ip -json neigh show
say neigh-proxy.json ip -json neigh show proxy
say iptables-save.txt iptables-save -c
say ip6tables-save.txt ip6tables-save -c
case $backend in
*nft*) [ "$(cat /proc/net/ip_tables_names 2>/dev/null)" ] && say iptables-legacy-save.txt iptables-legacy-save -c
[ -s /proc/net/ip6_tables_names ] && say ip6tables-legacy-save.txt ip6tables-legacy-save -c;;
*) command -v iptables-nft-save >/dev/null && say iptables-nft-save.txt iptables-nft-save -c && say ip6tables-nft-save.txt ip6tables-nft-save -c;;
esac
say ipset-save.txt ipset save
say nft.json nft -j list ruleset
filters() { ${tcFilters}; }
policies() { ip xfrm policy 2>/dev/null; :; }
say tc.txt filters
say xfrm-policy.txt policies
command -v bpftool >/dev/null && say bpf-programs.json bpftool -j prog show
read -r n </proc/sys/net/netfilter/nf_conntrack_count; [ "$n" = 0 ] && say conntrack.txt : || say conntrack.txt conntrack -L
set --
for k in rp_filter forwarding accept_local route_localnet src_valid_mark arp_ignore arp_announce arp_filter proxy_arp accept_redirects send_redirects ignore_routes_with_linkdown log_martians; do
set -- "$@" /proc/sys/net/ipv4/conf/*/$k; done
for k in forwarding disable_ipv6 accept_ra proxy_ndp; do set -- "$@" /proc/sys/net/ipv6/conf/*/$k; done
say sysctl grep -s -H '' "$@" /proc/sys/net/ipv[46]/neigh/default/gc_thresh* /proc/sys/net/ipv4/ip_* /proc/sys/net/ipv4/fib_multipath_* /proc/sys/net/ipv4/icmp_echo_* /proc/sys/net/ipv4/*_early_demux /proc/sys/net/ipv4/*fwmark* /proc/sys/net/ipv4/tcp_l3mdev_accept /proc/sys/net/bridge/* /proc/sys/net/netfilter/nf_conntrack_[bmt]* /proc/sys/net/netfilter/nf_conntrack_count
printf '#podpath %s%s\\n' "$i" "$all"
stat -c %s $names
cat $names
`

/**
 * Collects a whole node: `sh -c MAIN podpath COLLECT BLOCKS ADDRESS UID …`. The node's own stack has index 0, the pods
 * 1, 2, … in the order of the arguments.
 */
const main = `${findNamespaceScript}
collect=$1 max=$2; shift 2
backend=$(readlink -f "$(command -v iptables-save)")
sh -c "$collect" podpath 0 "$max" "$backend"
[ $# -gt 0 ] && find_namespaces
i=0
while [ $# -gt 0 ]; do
i=$((i+1))
find_pid "$1" "$2"; shift 2
if [ "$pid" ]; then nsenter --net=${foundNamespace} sh -c "$collect" podpath "$i" "$max" "$backend"
else printf '#podpath %s .absent:1\\n%s\\n%s' "$i" "\${#why}" "$why"; fi
done
printf '#podpath 0 .end:0\\n0\\n'
`

/**
 * Blocks of one output of one stack, 24 MiB or twice as much: POSIX counts 512 octets a block, bash 1,024. A hundred
 * thousand conntrack entries have about 20 MB.
 */
const mostBlocks = 49_152

/** The one command that collects a node and the pods on it. */
export const snapshotArgv = (pods: readonly WantedPod[]): Argv => [
  'sh',
  '-c',
  main,
  'podpath',
  collect,
  String(mostBlocks),
  ...pods.flatMap(({ address, uid }) => [address, uidPattern(uid)]),
]
