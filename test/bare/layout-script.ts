/**
 * The first program of a bare system: lays it out on a tmpfs of its own mount namespace, enters it, and stays as its
 * PID 1. So the system is gone with this process, by whatever cause, and nothing of it was ever on the machine's disks.
 *
 * Arguments: an empty directory to mount on, the tarball, the host name. Descriptor 3 says "ready".
 */
export const layoutScript = `
set -eu
root=$1 tarball=$2 name=$3
hostname "$name"
mount -t tmpfs -o mode=0755,nr_inodes=0,size=75% podpath-bare "$root"
cd "$root"
tar -x --numeric-owner --xattrs --xattrs-include='*' -f "$tarball"
mount -t proc -o nosuid,nodev,noexec proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=0755 podpath-dev dev
for device in null zero full random urandom tty; do : > dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr
if [ -e /dev/net/tun ]; then mkdir dev/net; : > dev/net/tun; mount --bind /dev/net/tun dev/net/tun; fi
pivot_root . mnt
cd /
umount -l /mnt
echo ready >&3
exec 3>&-
# Whoever loses its parent becomes this process's child, and is forgotten when it ends.
exec env --ignore-signal=CHLD sleep infinity
`
