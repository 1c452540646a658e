import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * A user namespace of the lab's below its daemon's: each node has one with its pods, the bastion another, the VPC's routers a third. Root of
 * one has no power over what belongs to the others (a binfmt_misc(5) of its own, for one, decides what runs in all of it).
 */
export interface Guests {
  /** Its file, which the daemon holds open. */
  readonly path: string
}

/** The lab's id that is root among its guests: not the daemon's own, so that its files and control groups are not theirs. */
export const guestRoot = 1

/**
 * Who makes the guests' user namespace, and does nothing else: not the daemon. Of a process that enters a user namespace of its own
 * making the kernel takes no new power to be gained, and lets those inside trace it while it still has our id
 * (cred_cap_issubset in kernel/cred.c).
 */
const guestsOwner = 2

/**
 * What a process does first in the guests' user namespace: nobody makes a user namespace below it, so that whoever is refused a
 * capability in a pod does not get it by being root of a namespace of one's own, nor one of control groups, which would let its root
 * mount the machine's (user_namespaces(7), /proc/sys/user: the limit that is written is that of the writer's own namespace). Then it
 * holds the namespace until somebody else does. It has no id there before the maps are written: its capabilities are kept as ambient ones.
 */
const first = `
cd /proc/sys/user
echo 0 > max_user_namespaces
echo 0 > max_cgroup_namespaces
echo made
read held || :
`

/**
 * Makes guests' user namespace: its ids are the lab's without the daemon's. Its root holds no power over anything that was
 * mounted or opened outside of it.
 */
export async function createGuests(): Promise<Guests> {
  const child = spawn('unshare', ['--user', '--keep-caps', 'sh', '-ec', first], {
    stdio: ['pipe', 'pipe', 'inherit'],
    uid: guestsOwner,
    gid: guestsOwner,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () =>
      reject(new Error('the kernel made no user namespace for the lab’s guests (user.max_user_namespaces?)')),
    )
    child.stdout.once('data', () => resolve())
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the process of the guests’ user namespace has no pid')
  for (const map of ['uid_map', 'gid_map'] as const)
    writeFileSync(`/proc/${pid}/${map}`, guestMap(idsOf(map)))
  const file = openSync(`/proc/${pid}/ns/user`, 'r')
  child.stdin.end()
  return { path: `/proc/${process.pid}/fd/${file}` }
}

/** `nobody`, whom sshd and others become: it must be there, however few ids a user has. */
const nobody = 65_534

/** uid_map(5) of the guests for a lab of so many ids: the daemon's own is left out, and `nobody` gets the last. */
export const guestMap = (ids: number): string =>
  ids - guestRoot > nobody
    ? `0 ${guestRoot} ${nobody + 1}\n`
    : `0 ${guestRoot} ${ids - guestRoot - 1}\n${nobody} ${ids - 1} 1\n`

/** How many ids the lab has. */
const idsOf = (map: 'uid_map' | 'gid_map'): number =>
  Number(readFileSync(`/proc/self/${map}`, 'utf8').trim().split(/\s+/)[2])

/** The arguments that enter the guests' user namespace as its root. */
export const asGuest = (guests: Guests): readonly [string, ...string[]] => [
  'nsenter',
  `--user=${guests.path}`,
]

/** Makes guests and what lives in their namespace. */
export async function withGuests<T extends object>(
  make: (guests: Guests) => Promise<T>,
): Promise<T & { readonly guests: Guests }> {
  const guests = await createGuests()
  return { ...(await make(guests)), guests }
}
