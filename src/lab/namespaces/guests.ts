import { spawn } from 'node:child_process'
import { readlinkSync, writeFileSync } from 'node:fs'
import type { Way } from './root-filesystem.ts'

/** The user namespace that everything in the lab but its daemon lives in. */
export interface Guests {
  /** A process that does nothing but hold it. */
  readonly pid: number
  readonly path: string
}

const allIds = 4_294_967_295

/**
 * Makes the guests' user namespace. Started by root, it maps every id to itself, so that the host's files keep their
 * owners in an overlay; without root, the one id we have is root inside. Either way its root holds no power over
 * anything that was mounted or opened outside of it.
 */
export async function createGuests(way: Way): Promise<Guests> {
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
  const count = way === 'root' ? allIds : 1
  if (way === 'rootless') writeFileSync(`/proc/${pid}/setgroups`, 'deny')
  writeFileSync(`/proc/${pid}/uid_map`, `0 0 ${count}\n`)
  writeFileSync(`/proc/${pid}/gid_map`, `0 0 ${count}\n`)
  return { pid, path: `/proc/${pid}/ns/user` }
}

/** The arguments that enter the guests' user namespace as its root. */
export const asGuest = (guests: Guests): readonly [string, ...string[]] => [
  'nsenter',
  `--user=${guests.path}`,
  '--preserve-credentials',
]
