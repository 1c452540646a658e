import type { Argv } from '../../exec/runner.ts'
import { findNamespaceScript, foundNamespace, uidPattern } from '../collect/find-namespace-script.ts'
import type { WantedPod } from '../collect/snapshot-script.ts'

/**
 * Runs a command COUNT times: `sh -c REPEAT podpath COUNT WORD…`, and says how each ended. Before that it puts the
 * files of DIRECTORY (`-` is none), a pod's /etc, in the place of our own: in a mount namespace of our own, as
 * copies, because a mount of another mount namespace cannot be bound into ours (fs/namespace.c, check_mnt).
 */
const repeat = `
etc=$1 count=$2; shift 2
if [ "$etc" != - ]; then
mount -t tmpfs podpath /tmp && for f in resolv.conf hosts; do
[ -f "$etc/$f" ] && head -c 65536 "$etc/$f" >"/tmp/$f" && mount --bind "/tmp/$f" "/etc/$f"
done
fi
while [ "$count" -gt 0 ]; do
"$@"
printf '#podpath exit %s\\n' $? >&2
count=$((count-1))
done
`

/**
 * Runs a command as a pod would: \`sh -c PROBE podpath REPEAT ADDRESS UID COUNT WORD…\`; an address of \`-\` is the node
 * itself. In the pod's network namespace, with the pod's own resolv.conf and hosts, yet with our programs: the
 * pod needs none. The pod's pause process has files of its own, so a process whose hosts file knows the
 * pod's address is preferred.
 */
const probe = `${findNamespaceScript}
repeat=$1 address=$2 uid=$3; shift 3
[ "$address" = - ] && exec sh -c "$repeat" podpath - "$@"
find_namespaces
find_pid "$address" "$uid"
[ "$pid" ] || { printf '#podpath absent %s\\n' "$why" >&2; exit 3; }
etc=-
for p in $(stat -L -c '%i %n' /proc/[0-9]*/ns/net 2>/dev/null | awk -v n="$(stat -L -c %i /proc/self/fd/9)" '$1==n{split($2,w,"/");print w[3]}'); do
d=/proc/$p/root/etc
[ -f "$d/resolv.conf" ] || continue
[ "$etc" != - ] || etc=$d
if grep -q -s -F -w -e "$address" "$d/hosts"; then etc=$d; break; fi
done
exec nsenter --net=${foundNamespace} unshare --mount sh -c "$repeat" podpath "$etc" "$@"
`

/** The command that runs a probe COUNT times, in a pod's network namespace, or in the node's with a pod of null. */
export const probeArgv = (pod: WantedPod | null, count: number, command: Argv): Argv => [
  'sh',
  '-c',
  probe,
  'podpath',
  repeat,
  pod?.address ?? '-',
  uidPattern(pod?.uid ?? ''),
  String(count),
  ...command,
]

/**
 * A TCP connection, and the port that it came from: by the socket's inode, once it stands, and while connect(2) waits; of one that
 * is refused at once nobody can tell. \`bash -c CONNECT podpath HOST PORT SECONDS\`; bash alone can, whatever the image has beside it. */
const dial = `
a=$(getent ahosts "$1" | { read -r a _; printf %s "$a"; })
if [ -z "$a" ]; then printf '#podpath unresolved\\n' >&2; exit 6; fi
printf '#podpath to %s\\n' "$a" >&2
export LC_ALL=C a
t=$EPOCHREALTIME
`
const connect = `${dial}
port() {
i=$(readlink "/proc/$1/fd/3" 2>/dev/null) || return
i=\${i#socket:[}; i=\${i%]}
while read -r _ l _ _ _ _ _ _ _ n _; do
if [ "$n" = "$i" ]; then printf '#podpath from %d\\n' "0x\${l##*:}" >&2; return; fi
done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
return 1
}
took() { printf '#podpath took %s %s\\n' "$t" "$EPOCHREALTIME" >&2; }
export -f port took
export t
timeout "$3" bash -c 'exec 3<>"/dev/tcp/$a/$0" && took && port $$' "$2" &
c=$!
for w in 0.05 0.2 0.5; do
sleep "$w"
read -r k _ 2>/dev/null <"/proc/$c/task/$c/children" || break
port "$k" && break
done 2>&1 | grep '^#podpath' >&2 &
wait "$c"
s=$?
[ "$s" = 0 ] || took
wait
exit $s
`
/** A UDP datagram and the wait for an answer: \`bash -c ASK podpath HOST PORT SECONDS WORDS\`. */
const ask = `${dial}
exec 3<>"/dev/udp/$a/$2" || exit 1
printf '%s\\n' "$4" >&3 || exit 1
timeout "$3" dd bs=65536 count=1 <&3 2>/tmp/podpath.$$ | head -c 4096
s=\${PIPESTATUS[0]}
printf '#podpath took %s %s\\n' "$t" "$EPOCHREALTIME" >&2
if [ "$s" != 0 ]; then cat /tmp/podpath.$$ >&2; fi
rm -f /tmp/podpath.$$
exit "$s"
`

/** With a socket for its input bash takes itself for a remote shell's, and reads ~/.bashrc (bash(1), INVOCATION). */
const quietBash = ['bash', '--norc', '-c'] as const

export const connectCommand = (host: string, port: number, seconds: number): Argv => [
  ...quietBash,
  connect,
  'podpath',
  host,
  String(port),
  String(seconds),
]

export const askCommand = (host: string, port: number, seconds: number, words: string): Argv => [
  ...quietBash,
  ask,
  'podpath',
  host,
  String(port),
  String(seconds),
  words,
]
