/**
 * POSIX sh functions for the scripts of faults, which get $POD, $PEER, $NEIGHBOUR, $NODE, $SERVICE (addresses; the last is the
 * cluster's DNS) and $VETH (the node's end of the pod's wire). What undoes a change is noted as it is made, and printed when
 * all is done; a script that fails halfway undoes what it did. Whoever undid it by hand need not know: where there is nothing
 * to undo, those lines do nothing.
 */
const functions = `
undone=
finish() {
  if [ "$1" = 0 ]; then printf '%s' "$undone"; else sh -c "$undone" >&2 || true; fi
}
trap 'finish $?' EXIT
undo() { undone="$1
$undone"; }
fail() { echo "$1" >&2; exit 1; }

# An iptables over nftables makes a table with its first rule, and leaves it empty when that is gone.
note_table() {
  ! nft list table ip "$1" >/dev/null 2>&1 || return 0
  undo "iptables-save -t $1 2>/dev/null | grep -q '^-A' || nft delete table ip $1 2>/dev/null || true"
}
insert() {
  at=$1 chain=$2; shift 2
  note_table "$at"
  iptables -w 5 -t "$at" -I "$chain" 1 "$@"
  undo "! iptables -w 5 -t $at -C $chain $* 2>/dev/null || iptables -w 5 -t $at -D $chain $*"
}
append() {
  at=$1 chain=$2; shift 2
  note_table "$at"
  iptables -w 5 -t "$at" -A "$chain" "$@"
  undo "! iptables -w 5 -t $at -C $chain $* 2>/dev/null || iptables -w 5 -t $at -D $chain $*"
}
find_line() {
  number=$(iptables -w 5 -t "$1" -S "$2" | grep '^-A' | grep -n -m 1 -F -e "$3" | cut -d : -f 1)
  [ "$number" ] || fail "$2 has no line with $3"
  line=$(iptables -w 5 -t "$1" -S "$2" "$number")
  line=\${line#-A "$2" }
}
take() {
  find_line "$@"
  iptables -w 5 -t "$1" -D "$2" "$number"
  undo "! iptables -w 5 -t $1 -S $2 >/dev/null 2>&1 || iptables -w 5 -t $1 -C $2 $line 2>/dev/null || iptables -w 5 -t $1 -I $2 $number $line"
}
change() {
  find_line "$1" "$2" "$3"
  wanted=$(printf '%s' "$line" | sed "$4")
  eval "iptables -w 5 -t $1 -R $2 $number $wanted"
  became=$(iptables -w 5 -t "$1" -S "$2" "$number")
  undo "number=\\$(iptables -w 5 -t $1 -S $2 2>/dev/null | grep '^-A' | grep -n -m 1 -x -F -e '$became' | cut -d : -f 1)
[ -z \\"\\$number\\" ] || iptables -w 5 -t $1 -R $2 \\$number $line"
}
setting() {
  was=$(sysctl -n "$1")
  [ "$was" != "$2" ] || fail "$1 is $2 already"
  sysctl -q -w "$1=$2"
  undo "[ \\"\\$(sysctl -n $1 2>/dev/null)\\" != $2 ] || sysctl -q -w $1=$was"
}
add_route() {
  ip route add "$@"
  undo "ip route del $* 2>/dev/null || true"
}
take_route() {
  [ "$1" ] || fail "there is no route to take away"
  ip route del $1 \${2:+table $2}
  undo "ip route replace $1 \${2:+table $2}"
}
add_rule() {
  pref=$1; shift
  ip rule add pref "$pref" "$@"
  undo "ip rule del pref $pref $* 2>/dev/null || true"
}
rules_of() { ip rule show pref "$1" | sed 's/^[0-9]*:[[:space:]]*//'; }
# The kernel puts a rule behind those of its preference, so those that stood behind it are put there again.
take_rule() {
  pref=$1; shift
  listed=$(rules_of "$pref")
  ip rule del pref "$pref" "$@"
  left=$(rules_of "$pref")
  taken=$(printf '%s\\n' "$listed" | grep -v -x -F -e "$left" | head -n 1)
  place=$(printf '%s\\n' "$listed" | grep -n -m 1 -x -F -e "$taken" | cut -d : -f 1)
  behind=$(printf '%s\\n' "$listed" | tail -n +$((place + 1)))
  undo "if ! ip rule show pref $pref | grep -q -F -e '$taken'; then
ip rule add pref $pref $taken
$(printf '%s\\n' "$behind" | sed -n "s/..*/! ip rule del pref $pref & 2>\\/dev\\/null || ip rule add pref $pref &/p")
fi"
}
gateway() { ip -4 route show default | sed -n 's/.* via \\([^ ]*\\).*/\\1/p' | head -n 1; }
first_eni() { ip -4 route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1; }
second_eni() {
  ip -4 route show table 2 2>/dev/null | sed -n 's/^default .* dev \\([^ ]*\\).*/\\1/p' | head -n 1
}
mtu_of() { ip -o link show dev "$1" | sed 's/.* mtu \\([0-9]*\\) .*/\\1/'; }
nobody=192.168.250.77
`

/** A fault's script with the functions that it uses. */
export const withFunctions = (script: string): string => `${functions}\n${script}`
