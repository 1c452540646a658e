import type { Argv } from '../../exec/runner.ts'
import { findNamespaceScript, foundNamespace } from '../collect/find-namespace-script.ts'

/** Senders that are at work at once on a node, and what all of them together have in the air. */
const sendersAtOnce = 8
const inFlight = 64
/** Of one sender where there are many. */
const leastInFlight = 8

/** How many targets one of that many senders asks at once. */
export const atOnceOf = (senders: number): number => Math.max(leastInFlight, Math.floor(inFlight / senders))

/** How often senders must take turns. */
export const turnsOf = (senders: number): number => Math.ceil(senders / sendersAtOnce)

/**
 * One sender's echoes: \`sh -c ECHOES podpath SENDER SECONDS MILLISECONDS AT-ONCE\`, in its network namespace. fping asks all
 * targets from one process, where the node or the image has it. What it heard nothing of is asked again by ping, which
 * says why: fping keeps to itself what an ICMP error said. What ping heard nothing of is asked once more. Without fping it is ping alone, one a target, side by side.
 * Each says what it has to say in a file named for the number of its target. Where the list of senders is gone, nobody waits
 * any more: xargs starts nothing after an exit of 255.
 */
const echoes = `
mkdir "$1" && cd "$1" || exit 1
: >heard; : >left
if command -v fping >/dev/null; then
awk '$2!~/:/&&!seen[$2]++{print $2}' "../to.$1" | xargs -r fping -q -C 1 -r 0 -i 1 -t "$3" >heard 2>&1
fi
awk 'FILENAME=="heard"{if($2==":"&&$3~/^[0-9.]+$/)ms[$1]=$3;next} $2 in ms{print "#podpath heard " $1 " " ms[$2];next} {print $1,$2>"left"}' heard "../to.$1"
xargs -r -P "$4" -n 2 sh -c '[ -e ../from ] || exit 255; ping -n -c 1 -W "$0" "$2" >"$1" 2>&1 || exec ping -n -c 1 -W "$0" "$2" >"$1" 2>&1' "$2" <left
awk '{print $1}' left | xargs -r awk 'FNR==1{print "#podpath target " FILENAME} {print}'
`

/**
 * One sender's TCP connections: \`bash -c CONNECTIONS podpath SENDER SECONDS - AT-ONCE\`. bash alone can open them, so each
 * is a process of its own; those that do not end by the time of their batch are ended, and tried a second time: on a node that is
 * busy, an answer may come before its process is looked at.
 */
const connections = `
mkdir "$1" && cd "$1" && mkfifo ended && exec 7<>ended 8<"../to.$1" || exit 1
tell() {
printf '#podpath target %s\\n#podpath exit %s\\n' "$1" "$2"
head -c 300 "$1"
unset "pids[$1]"
n=$((n-1))
}
late=
while [ -e ../from ]; do
pids=() n=0
while [ "$n" -lt "$4" ] && read -r k a p <&8; do
{ : 3<>"/dev/tcp/$a/$p"; echo "$k $?" >&7; } 2>"$k" &
pids[$k]=$! to[$k]="$k $a $p" n=$((n+1))
done
if [ "$n" = 0 ]; then
[ "$late" ] || break
exec 8<<<"\${late%?}"
late= again=yes
continue
fi
until=$((SECONDS+$2+1))
while [ "$n" -gt 0 ] && [ "$SECONDS" -lt "$until" ] && read -r -t $((until-SECONDS)) -u 7 k s; do tell "$k" "$s"; done
while [ "$n" -gt 0 ] && read -r -t 0.05 -u 7 k s; do tell "$k" "$s"; done
for k in "\${!pids[@]}"; do
kill "\${pids[$k]}"
if [ "$again" ]; then tell "$k" 124; else late="$late\${to[$k]}
"; fi
done
wait
while read -r -t 0.01 -u 7 k s; do :; done
done 2>/dev/null
`

/**
 * The echoes or connections of all senders of a node: \`sh -c MANY podpath SHELL EACH SECONDS MILLISECONDS AT-ONCE SENDERS\`.
 * Whom from and to, it reads: a line \`SENDER ADDRESS UID TARGET…\` a sender, an address of \`-\` is the node itself, a target
 * is an address or \`ADDRESS,PORT\`. Their number is told, because not every server can pass on that an input has ended; where
 * it ends before we do, nobody waits for us any more. What a sender says follows a line \`#podpath sender SENDER\`.
 */
const many = `${findNamespaceScript}
shell=$1 each=$2 seconds=$3 ms=$4 once=$5
d=$(mktemp -d) && cd "$d" || exit 1
exec 3<&0
turn= pids= watch=
trap 'rm -f from; [ -z "$watch" ] || kill "$watch" 2>/dev/null; wait $pids; cd /; rm -rf "$d"' EXIT
trap 'exit 1' HUP INT PIPE TERM
head -n "$6" | awk '{f="to." $1; for(i=4;i<=NF;i++){sub(","," ",$i);print i-4,$i>f} close(f); print $1,$2,$3}' >from
{ read -r _ <&3; kill $$; } >/dev/null 2>&1 &
watch=$!
find_namespaces
turn() {
wait $pids
for i in $turn; do echo "#podpath sender $i"; cat "out.$i" || exit 1; rm -rf "out.$i" "to.$i" "./$i"; done
turn= pids= n=0
}
n=0
while read -r i address uid; do
enter=
if [ "$address" != - ]; then
find_pid "$address" "$uid"
if [ ! "$pid" ]; then printf '#podpath sender %s\\n#podpath absent %s\\n' "$i" "$why"; continue; fi
enter="nsenter --net=${foundNamespace}"
fi
$enter "$shell" -c "$each" podpath "$i" "$seconds" "$ms" "$once" </dev/null >"out.$i" &
turn="$turn $i" pids="$pids $!" n=$((n+1))
[ "$n" -lt ${sendersAtOnce} ] || turn
done <from
[ "$n" = 0 ] || turn
`

export interface ManyArguments {
  readonly protocol: 'icmp' | 'tcp'
  readonly timeoutMs: number
  readonly senders: number
}

/** Seconds that ping and bash wait; they know no part of one. */
export const secondsOf = (timeoutMs: number): number => Math.max(1, Math.ceil(timeoutMs / 1000))

/** The one command that sends what its input says. */
export const manyArgv = ({ protocol, timeoutMs, senders }: ManyArguments): Argv => [
  'sh',
  '-c',
  many,
  'podpath',
  protocol === 'icmp' ? 'sh' : 'bash',
  protocol === 'icmp' ? echoes : connections,
  String(secondsOf(timeoutMs)),
  String(timeoutMs),
  String(atOnceOf(Math.min(senders, sendersAtOnce))),
  String(senders),
]
