import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'

/** The user namespace that everything in the lab but its daemon lives in. */
export interface Guests {
  /** A process that does nothing but hold it. */
  readonly pid: number
  readonly path: string
}

/**
 * Makes the guests' user namespace. Started by root, it maps every id to itself, so that the host's files keep their
 * owners in an overlay; without root, our own id is root inside and the ids of
 * /etc/subuid are everybody else, whom programs such as tcpdump and sshd become. Either way its root holds no power over
 * anything that was mounted or opened outside of it.
 */
export async function createGuests(): Promise<Guests> {
  const child = spawn('unshare', ['--user', 'sleep', 'infinity'], { stdio: 'ignore' })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the process of the guests’ user namespace has no pid')
  const own = readlinkSync('/proc/self/ns/user')
  const until = Date.now() + 5_000
  while (readlinkSync(`/proc/${pid}/ns/user`) === own) {
    if (Date.now() > until || child.exitCode !== null)
      throw new Error('the kernel made no user namespace for the lab (user.max_user_namespaces?)')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  for (const map of ['uid_map', 'gid_map'] as const) writeFileSync(`/proc/${pid}/${map}`, sameIds(map))
  return { pid, path: `/proc/${pid}/ns/user` }
}

/**
 * The ids of our own user namespace, each mapped to itself, extent by extent: the kernel takes no extent that spans
 * two of the parent's. Without root these are our own id and the range that /etc/subuid (/etc/subgid) gives us.
 */
const sameIds = (map: 'uid_map' | 'gid_map'): string =>
  readFileSync(`/proc/self/${map}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [inside, , length] = line.trim().split(/\s+/)
      return `${inside ?? '0'} ${inside ?? '0'} ${length ?? '1'}\n`
    })
    .join('')

/** The arguments that enter the guests' user namespace as its root. */
export const asGuest = (guests: Guests): readonly [string, ...string[]] => [
  'nsenter',
  `--user=${guests.path}`,
  '--preserve-credentials',
]
