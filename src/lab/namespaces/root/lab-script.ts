import { commonGroup } from '../groups/control-groups.ts'

/**
 * The first programs inside a lab's own namespaces, as text for bash: `labScript` builds the root that everything in the
 * lab lives in and leaves the machine's behind; `daemonScript` goes on inside the lab's user namespace.
 *
 * Three layers, each of which stands when another falls:
 * - the root holds what the lab needs and no more: programs and libraries (read-only, nosuid, nodev), an /etc of its own,
 *   file systems of its own. The machine's root is unmounted before anything of the lab runs;
 * - every id inside is one that the machine gives to nobody, so what could be reached could still not be opened;
 * - the daemon and its guests have user namespaces of their own, so mounts are locked and no capability reaches the machine.
 */

/** Directories of programs and libraries, as they lie in the machine's root; those that are links stay links. */
const programDirectories = 'usr bin sbin lib lib32 lib64 libx32 nix/store gnu/store'

/** What the machine's /etc has that programs need to work at all: no names, no keys, no rules of the machine's. */
const borrowedFromEtc = [
  ...['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'ld-musl-x86_64.path', 'ld-musl-aarch64.path'],
  ...['ssl', 'pki', 'crypto-policies', 'ca-certificates', 'ca-certificates.conf'],
  ...['alternatives', 'protocols', 'services', 'rpc', 'ethertypes', 'iproute2'],
  ...[
    'localtime',
    'terminfo',
    'inputrc',
    'login.defs',
    'shells',
    'magic',
    'mime.types',
    'gai.conf',
    'host.conf',
  ],
  ...['os-release', 'debian_version', 'passwd', 'group'],
].join(' ')

/** The lab's own directory: the only place in its root that its daemon may write. */
export const labDirectory = '/lab'

/** Where podpath's own programs stand, in the lab's root and in every sandbox's. */
export const programRoot = '/opt/podpath'

/**
 * Runs its arguments with the descriptors from 0 to the last that is meant and no others, for bash: whoever starts us may have left
 * some open, and each would be a way out for every process that inherits it.
 */
export const closeDescriptors = (last: number): string => `
for descriptor in /proc/self/fd/*; do
  descriptor=\${descriptor##*/}
  [ "$descriptor" -le ${last} ] || eval "exec $descriptor>&-"
done
exec "$@"
`

/**
 * Runs in new mount and PID namespaces, with a /proc of its own.
 * Arguments: the script of the daemon's side, baseLayoutScript, then pairs of what else is shown inside: a path of the machine, and its
 * path there.
 * Environment: privilege (`root` or `rootless`), base (an empty directory to mount on), first (the machine's id that is 0 inside,
 * for `root`), disk (octets) and inodes of everything that is written inside, groups (lines of a controller and its directory), node,
 * package, and what daemonScript reads.
 * Descriptors: 7 and 8 are the lab's user and network namespace from the moment they are made.
 */
export const labScript = `
set -eu
umask 022
daemon_side=$1 lay_out=$2; shift 2
fail() { echo "Error: $*" >&2; exit 3; }

# The lab's ids. Without root they are the user's own range, of which the outer namespace made 1 and what follows.
count=65536
if [ "$privilege" = rootless ]; then
  first=1
  while read -r inside _ length; do [ "$inside" != 1 ] || count=$length; done < /proc/self/uid_map
fi
unshare --user --net sleep infinity & holder=$!
until [ -e /proc/$holder/ns/user ] && ! [ /proc/$holder/ns/user -ef /proc/self/ns/user ]; do
  kill -0 $holder 2>/dev/null || fail "the kernel made no user namespace for the lab (user.max_user_namespaces?)"
done
for map in uid_map gid_map; do echo "0 $first $count" > /proc/$holder/$map; done
exec 7</proc/$holder/ns/user 8</proc/$holder/ns/net
kill $holder
as_lab() { nsenter --user=/proc/self/fd/7 "$@"; }
guest=$((first + 1))

# What the lab's root is made of.
mount -t tmpfs -o mode=0755,nosuid,nodev,size=512m podpath "$base"
mount -t tmpfs -o "X-mount.mkdir,mode=0711,nosuid,nodev,size=$disk,nr_inodes=$inodes" podpath-lab "$base/lab"
mount -t tmpfs -o "X-mount.mkdir,mode=0755,nodev,size=16m" podpath-setuid "$base/lab/setuid"
cd "$base"
perl -e "$lay_out" "$first" "$guest" || fail 'the root of the lab could not be laid out'
# An /etc of the lab's own. The one who copies is nobody on the machine, so what is not for everybody stays out. And programs
# that act as root for ordinary users: copies that belong to the guests' root, while everything else is nosuid.
{
  set --
  for name in ${borrowedFromEtc}; do [ ! -e "/etc/$name" ] || set -- "$@" "/etc/$name"; done
  as_lab --setuid 1 --setgid 1 cp -RP "$@" lab/etc/ 2>/dev/null || :
} & copies=$!
{
  set --
  for program in sudo ping; do ! path=$(command -v "$program") || set -- "$@" "$path"; done
  [ $# = 0 ] || cp -L "$@" lab/setuid/
  for plugins in /usr/libexec/sudo /usr/lib/sudo; do
    [ -d "$plugins" ] || continue
    cp -RP "$plugins" lab/setuid/plugins
    echo "$plugins" > lab/lib/sudo-plugins
  done
  chown -R $guest:$guest lab/setuid
  for program; do set -- "$@" "lab/setuid/\${program##*/}"; shift; done
  [ $# = 0 ] || chmod 4755 "$@"
} & programs=$!
# The lab's own control groups, and nobody else's: what is below them is the daemon's to make. Their limits stay as they were set.
# To enter one takes the kernel some milliseconds, so it is done beside the rest.
{
  while read -r _ directory; do [ "$directory" = "" ] || echo $$ > "$directory/${commonGroup}/cgroup.procs"; done <<< "$groups"
} & entered=$!
# What is mounted and made is gathered for one process each: a process for every one would be most of the time that this takes.
fstab="proc $base/proc proc nosuid,nodev,noexec 0 0"
bind() { printf -v line '%s %s none %s 0 0' "\${1// /\\\\040}" "$base/\${2// /\\\\040}" "$3"; fstab="$fstab
$line"; }
directories=() files=() aliases=()
for directory in ${programDirectories}; do
  if [ -L "/$directory" ]; then aliases+=("/$directory")
  elif [ -d "/$directory" ]; then directories+=("$directory"); bind "/$directory" "$directory" rbind,ro,nosuid,nodev
  fi
done
show() {
  if [ -d "$1" ]; then directories+=("\${2#/}"); else files+=("\${2#/}"); fi
  bind "$1" "\${2#/}" rbind,ro,nosuid,nodev
}
show "$package/dist" ${programRoot}/dist
show "$package/package.json" ${programRoot}/package.json
show "$node" ${programRoot}/node
while [ $# -ge 2 ]; do show "$1" "$2"; shift 2; done
for device in null zero full random urandom tty net/tun; do
  [ -e "/dev/$device" ] || continue
  files+=("dev/$device"); bind "/dev/$device" "dev/$device" bind
done
for directory in etc run tmp; do bind "$base/lab/$directory" "$directory" bind; done
bind "$base/lab/zone" opt/podpath/zone bind,ro,nosuid,nodev
set --
while read -r controller directory; do
  [ "$controller" ] || continue
  set -- "$@" "lab/groups/$controller"
  bind "$directory" "lab/groups/$controller" bind,nosuid,nodev,noexec
done <<< "$groups"
[ \${#aliases[@]} = 0 ] || cp -P "\${aliases[@]}" .
for file in "\${files[@]}"; do case $file in */*) directories+=("\${file%/*}") ;; esac; done
mkdir -p "\${directories[@]}" "$@"
for file in "\${files[@]}"; do [ -e "$file" ] || : > "$file"; done
echo "$fstab" > lab/lib/fstab
mount -a -T lab/lib/fstab
for group; do
  for file in . cgroup.procs cgroup.subtree_control cgroup.threads; do
    [ ! -e "$group/$file" ] || set -- "$@" "$group/$file"
  done
  shift
done
[ $# = 0 ] || chown $first:$first "$@"
# Files that only their owner may read are nobody's inside: of what podpath itself needs there is a copy then.
as_lab bash --norc -c 'cd .${programRoot} && [ -x node -a -r dist/lab/daemon/main.js -a -r package.json ]' || {
  for part in dist package.json node; do
    umount -l ".${programRoot}/$part"; rm -rf ".${programRoot}/$part"
  done
  cp -RL "$package/dist" "$package/package.json" .${programRoot}/
  cp -L "$node" .${programRoot}/node
  chmod -R a+rX .${programRoot}/dist .${programRoot}/package.json; chmod 0755 .${programRoot}/node
}

# Everything of the machine's that is seen becomes read-only, without devices, without setuid. Flags that are locked must be
# kept, so they are read and given again.
mapfile -t mounts < /proc/self/mountinfo
ours=' '
for line in "\${mounts[@]}"; do
  read -r id parent _ _ point options _ <<< "$line"
  printf -v point '%b' "$point"
  # The machine may have mounts below the same directory, which ours hides.
  case $point in "$base") ours=" $id "; continue ;; esac
  case $ours in *" $parent "*) ours="$ours$id " ;; *) continue ;; esac
  case $point in "$base"/dev/*|"$base"/proc|"$base"/etc|"$base"/run|"$base"/tmp|"$base"/lab|"$base"/lab/*) continue ;; esac
  case $options in *nosuid*) case $options in *nodev*) case ,$options, in *,ro,*) continue ;; esac ;; esac ;; esac
  kept=
  for option in \${options//,/ }; do
    case $option in noexec|noatime|nodiratime|relatime) kept=$kept,$option ;; esac
  done
  mount -o "remount,bind,ro,nosuid,nodev$kept" "$point" 2>/dev/null || fail "cannot make $point read-only inside the lab"
done
# Of the lab's own network namespace: the machine's interfaces have no name in it, whatever is unmounted.
nsenter --net=/proc/self/fd/8 mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys 2>/dev/null || :

wait $copies; wait $programs; wait $entered
pivot_root . mnt
cd /
umount -l mnt
mount -o remount,bind,ro,nosuid,nodev /
# Whoever becomes another user is no longer told of its parent's end, so that is asked for again.
exec nsenter --user=/proc/self/fd/7 --net=/proc/self/fd/8 setpriv --pdeathsig KILL \\
  unshare --mount --uts --ipc --cgroup --propagation private bash --norc -c "$daemon_side" podpath-lab
`

/**
 * Inside the lab's user, mount, network, UTS, IPC and control-group namespaces. Runs the daemon and ends with it; it is PID 1, so
 * the kernel then ends everything. Environment: processes (how many the whole lab may have), and what the daemon reads.
 */
export const daemonScript = `
set -eu
exec 7<&- 8<&-
hostname podpath-lab
ip link set lo up
# Counted for the lab as a whole: the kernel adds up a user namespace's processes for whoever made it (Linux 5.14).
ulimit -u "$processes"
# So are watches for files, of which the machine's root has as many as one user: a quarter of them is the lab's (inotify(7)).
for limit in instances watches; do
  echo $(($(</proc/sys/fs/inotify/max_user_$limit) / 4)) > /proc/sys/user/max_inotify_$limit
done
# A background job's standard input would be /dev/null; the daemon must see the end of ours.
exec 6<&0
${programRoot}/node ${programRoot}/dist/lab/daemon/main.js <&6 &
exec 6<&- 0</dev/null 3<&- 4<&- 5>&-
wait $!
`
