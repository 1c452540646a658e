/**
 * A shell line that prints the filters of every interface, each line behind its interface and hook. Nothing where there is no `tc`, or
 * no interface has any. iproute2 prints `qdisc clsact ffff: dev eth0 parent ffff:fff1`.
 */
export const tcFilters =
  'tc qdisc show 2>/dev/null | while read -r _ kind _ _ dev _; do case $kind in clsact|ingress) ' +
  'for hook in ingress egress; do tc filter show dev "$dev" "$hook" 2>/dev/null | while read -r line; do ' +
  `printf '%s %s %s\\n' "$dev" "$hook" "$line"; done; done;; esac; done`
