/** The sockets on a node behind which the lab's daemon answers for its runtime, its kubelet and its journal. */
export const doorPath = { root: '/run/podpath/root.sock', everybody: '/run/podpath/node.sock' } as const

/** The programs of a node that ask there. */
export const doorPrograms = ['crictl', 'systemctl', 'journalctl'] as const
