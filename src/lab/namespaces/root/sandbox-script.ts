/**
 * The first program of every sandbox (a node, a pod, a bastion): builds its root, enters it, and stays as its PID 1.
 * It starts outside the guests' user namespace, so that every mount it makes is locked for those inside: a node's
 * root may do what it likes and still cannot unmask /proc/sys or make the machine's programs writable.
 *
 * Descriptors: 3 says "ready"; 8, when open, is the network namespace to use; 9 is the guests' user namespace.
 * Arguments: the sandbox's directory, its host name, \`new\` or \`given\` network namespace, where its root is
 * seen by sandboxes that mount something of it, or nothing; which capabilities its first process keeps (numbers, or \`all\`); then the
 * words that mount its volumes, if any need care. `enter` is the file of enterRootScript, or null where there is none.
 */
export const sandboxScript = (enter: string | null): string => `
set -eu
# When memory is short, a guest ends before the daemon does.
echo 500 > /proc/self/oom_score_adj
dir=$1 name=$2 network=$3 shown=$4 kept=$5
shift 5
mount -a -T "$dir/fstab"
[ $# = 0 ] || "$@"
${enter === null ? byPrograms : `exec perl ${enter} "$dir/root" "$name" "\${shown:+1}" "$network" "$kept"`}
`

/** The same by programs of the new root, in which a pod's volumes are mounted. */
const byPrograms = `
hostname "$name"
cd "$dir/root"
# Any empty directory will do to hold the old root for a moment; /mnt is one in every sandbox.
pivot_root . mnt
if [ "$shown" ]; then mount --make-rprivate mnt; fi
umount -l mnt
if [ "$network" = new ]; then net=--net; enter=; else net=; enter=--net=/proc/self/fd/8; fi
exec nsenter --user=/proc/self/fd/9 $enter unshare --mount $net --propagation private \\
  sh -c 'mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys 2>/dev/null || :
    exec 8<&- 9<&-; cd /; echo ready >&3; exec 3>&-; exec env --ignore-signal=CHLD sleep infinity'
`
