/**
 * The first program inside a lab's own namespaces (mount, PID, network, UTS, IPC; and a user namespace when it was not
 * started by root). It makes the host's files read-only for everything that follows, lays out the lab's own directory
 * on a tmpfs, and runs the daemon. When the daemon ends, this ends; it is PID 1, so the kernel then ends everything.
 *
 * Arguments: lab directory (an empty directory of the host to mount on), node executable, daemon script, `root` or `rootless`,
 * and the directories of the host's that the daemon need not see: programs it runs may keep files in them.
 */
export const labScript = `
set -eu
lab=$1 node=$2 daemon=$3 way=$4
shift 4
mount --make-rprivate /
mount -t proc proc /proc
# Every mount of the host becomes read-only in here. Locked flags must be kept, so they are read and given again.
while read -r _ _ _ _ point options _; do
  point=$(printf '%b' "$point")
  case $point in /proc|/proc/*|/sys|/sys/*|/dev|/dev/*) continue ;; esac
  case ,$options, in *,ro,*) continue ;; esac
  kept=$(printf '%s' "$options" | tr ',' '\\n' | grep -xE 'nosuid|nodev|noexec|noatime|nodiratime|relatime' | paste -sd, -)
  mount -o "remount,bind,ro\${kept:+,$kept}" "$point" 2>/dev/null || {
    [ "$point" = / ] && { echo "cannot make / read-only inside the lab" >&2; exit 3; }
    mount -t tmpfs -o mode=0755,ro podpath-hidden "$point"
  }
done < /proc/self/mountinfo
mount -t tmpfs -o mode=0755,nr_inodes=0 podpath "$lab"
mkdir "$lab/host" "$lab/dev" "$lab/sandbox" "$lab/lib"
if [ "$way" = root ]; then mount --bind / "$lab/host"; else mount --rbind / "$lab/host"; mount --make-rprivate "$lab/host"; fi
for hidden in "$@"; do mount -t tmpfs -o mode=1777 podpath-hidden "$hidden"; done
for device in null zero full random urandom tty; do
  : > "$lab/dev/$device"; mount --bind "/dev/$device" "$lab/dev/$device"
done
mkdir "$lab/dev/pts" "$lab/dev/shm"
ln -s pts/ptmx "$lab/dev/ptmx"; ln -s /proc/self/fd "$lab/dev/fd"
ln -s /proc/self/fd/0 "$lab/dev/stdin"; ln -s /proc/self/fd/1 "$lab/dev/stdout"; ln -s /proc/self/fd/2 "$lab/dev/stderr"
if [ -d /dev/net ] && [ -e /dev/net/tun ]; then mkdir "$lab/dev/net"; : > "$lab/dev/net/tun"; mount --bind /dev/net/tun "$lab/dev/net/tun"; fi
if [ "$way" = rootless ]; then
  mkdir "$lab/etc"
  cp -a --no-preserve=ownership /etc/. "$lab/etc/" 2>/dev/null || :
fi
hostname podpath-lab
ip link set lo up
# A background job's standard input would be /dev/null; the daemon must see the end of ours.
exec 6<&0
"$node" "$daemon" "$lab" "$way" <&6 &
exec 6<&- 0</dev/null 3<&- 4<&- 5>&-
wait $!
`

/**
 * The first program of every sandbox (a node, a pod, a router): builds its root, enters it, and stays as its PID 1.
 * It starts outside the guests' user namespace, so that every mount it makes is locked for those inside: a node's
 * root may do what it likes and still cannot unmask /proc/sys or make the host's files writable.
 *
 * Descriptors: 3 says "ready"; 8, when open, is the network namespace to use; 9 is the guests' user namespace.
 * Arguments: the sandbox's directory, its host name, \`new\` or \`given\` network namespace, and where its root shall be
 * seen by sandboxes that mount something of it, or nothing.
 */
export const sandboxScript = `
set -eu
dir=$1 name=$2 network=$3 shown=\${4-}
# The file is quicker than a program, and only the machine's own root may write it.
{ echo "$name" > /proc/sys/kernel/hostname; } 2>/dev/null || hostname "$name"
mount -a -T "$dir/fstab"
if [ "$shown" ]; then mkdir -p "$shown"; mount --rbind "$dir/root" "$shown"; fi
cd "$dir/root"
# Any empty directory will do to hold the old root for a moment; /mnt is one in every sandbox.
pivot_root . mnt
if [ "$shown" ]; then mount --make-rprivate mnt; fi
umount -l mnt
if [ "$network" = new ]; then net=--net; enter=; else net=; enter=--net=/proc/self/fd/8; fi
exec nsenter --user=/proc/self/fd/9 --preserve-credentials $enter unshare --mount $net --propagation private \\
  sh -c 'mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys 2>/dev/null || :
    exec 8<&- 9<&-; cd /; echo ready >&3; exec 3>&-; exec env --ignore-signal=CHLD sleep infinity'
`
