/** In a mount namespace with a /run of its own, where iptables' lock (/run/xtables.lock) is for this network's tables alone. */
const ownRun = [
  ...['--mount', '--propagation', 'private'],
  ...['sh', '-ec', 'mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run; exec "$@"', 'podpath-network'],
] as const

/** The words that run a program in a network namespace of its own, for what is no sandbox: a router, a gateway. */
export const ownNetwork = ['unshare', '--net', ...ownRun] as const

/** The same for another program in that namespace, once it has been entered. */
export const sameNetwork = ['unshare', ...ownRun] as const
