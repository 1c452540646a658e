import { statSync, type Stats } from 'node:fs'

/** What a rule of trust looks at. */
export type Owned = Pick<Stats, 'uid' | 'gid' | 'mode'>

const group = 0o020
const others = 0o002
const sticky = 0o1000

/** Null where the system has no users. */
export const ownId = (): number | null => process.getuid?.() ?? null

/**
 * Those who may do what they like to us anyway: we, root, and whoever owns `/`, which in a user namespace without the
 * machine's root is the overflow id (user_namespaces(7)).
 */
export const isTrusted = (uid: number): boolean => {
  const own = ownId()
  return own === null || uid === own || uid === 0 || uid === statSync('/').uid
}

/**
 * A group that is the user's alone, where every user has one of the same number, or root's: umask 002 leaves directories open
 * to it.
 */
const isPrivateGroup = (gid: number): boolean =>
  gid === 0 || (gid === process.getgid?.() && gid === process.getuid?.())

/** Whether somebody besides its owner may put something in it or write to it. */
export const isOpen = ({ mode, gid }: Owned): boolean =>
  (mode & others) !== 0 || ((mode & group) !== 0 && !isPrivateGroup(gid))

/** Whether what a trusted user has in this directory stays in its place: nobody else may rename or remove it (unlink(2), sticky bit). */
export const keepsPlaces = (directory: Owned): boolean =>
  isTrusted(directory.uid) && (!isOpen(directory) || (directory.mode & sticky) !== 0)

/** Whose it is, for a message. */
export const whose = (uid: number): string => (uid === 0 ? 'root' : `user ${uid}`)
