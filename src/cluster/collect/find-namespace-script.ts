/**
 * POSIX sh functions, part of the scripts that the agent runs. Constant text: everything that varies comes as
 * an argument. They need stat, awk, grep and xargs, as coreutils or busybox have them.
 *
 * `find_namespaces` sets `table` to a word `PID/ADDRESS` for every IPv4 address of every network namespace but our
 * own: one process of each namespace, and the addresses that its /proc/PID/net/fib_trie names as local
 * (net/ipv4/fib_trie.c, fib_trie_seq_show). No container runtime is asked, so any will do.
 *
 * `find_pid ADDRESS UID` sets `pid` to a process in the namespace that has the address and opens the namespace as
 * descriptor 9, or empties `pid` and sets `why`. The descriptor is what to enter: the process may be one of the pod's
 * short ones (a readiness probe, another command of ours) and end at any moment, the namespace then stays. A process
 * that ended before it was opened is looked for anew, five times in all.
 * Where several namespaces have it (whoever may administer a network namespace may add any address to it), the
 * one whose cgroup names the pod's UID is the pod; UID is a pattern of grep that matches both spellings of it.
 */
export const findNamespaceScript = `
LC_ALL=C PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH
find_namespaces() {
own=$(stat -L -c %i /proc/self/ns/net)
table=$(stat -L -c '%i %n' /proc/[0-9]*/ns/net 2>/dev/null |
awk -v own="$own" '$1!=own&&!seen[$1]++{sub("/ns/net","/net/fib_trie",$2);print $2}' |
xargs -r grep -s -H '' 2>/dev/null |
awk -F: '{split($1,p,"/")} $2~/\\|--/{split($2,w," ");a=w[2]} $2~/host LOCAL/&&!seen[p[3] a]++{print p[3] "/" a}')
}
rescans=5
find_pid() {
while :; do
name_pid "$@"
if [ "$pid" ] && { command exec 9<"/proc/$pid/ns/net"; } 2>/dev/null; then return; fi
if [ "$rescans" = 0 ]; then pid=; return; fi
rescans=$((rescans-1))
find_namespaces
done
}
name_pid() {
pid= why="no process on this node has a network namespace with the address $1"
for pair in $table; do case $pair in */"$1") if [ "$pid" ]; then pid="$pid \${pair%%/*}"; else pid=\${pair%%/*}; fi;; esac; done
case $pid in *' '*)
why="several network namespaces have the address $1" all=$pid pid=
for one in $all; do if grep -q -s -e "$2" "/proc/$one/cgroup"; then
if [ "$pid" ]; then pid=; break; fi; pid=$one; fi; done;; esac
}
`

/** What `nsenter --net=` takes after `find_pid`. */
export const foundNamespace = '/proc/self/fd/9'

/** The pattern that matches a pod's UID in a cgroup's path: systemd's driver writes `_` for `-`. */
export const uidPattern = (uid: string): string =>
  /^[0-9a-f-]{36}$/.test(uid) ? uid.replaceAll('-', '[-_]') : 'a UID that no cgroup has'
