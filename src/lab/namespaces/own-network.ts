/**
 * The words that run a program in a network namespace of its own, for what is no sandbox: a router, a gateway. /run is its
 * own too, because iptables locks a file there (/run/xtables.lock) for one network namespace's tables, and other
 * namespaces have others.
 */
export const ownNetwork = [
  ...['unshare', '--net', '--mount', '--propagation', 'private'],
  ...['sh', '-ec', 'mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run; exec "$@"', 'podpath-network'],
] as const
