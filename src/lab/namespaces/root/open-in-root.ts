import {
  chownSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'

/** open(2): a descriptor that stands for a place, without opening what is there. */
const O_PATH = 0o10000000

/** Symbolic links on one path, as the kernel counts them (namei.c, MAXSYMLINKS). */
const linkLimit = 40

/** What is made where the path ends when nothing is there, for whom; directories on the way are made as well. */
export type Make =
  { readonly kind: 'nothing' } | { readonly kind: 'directory' | 'file'; readonly owner: number }

/** Opens a directory by its path as the machine sees it: what other paths are opened below. */
export const openRoot = (path: string): number => openSync(path, O_PATH | constants.O_DIRECTORY)

/**
 * Opens what a path means to somebody whose root is this directory, as openat2(2) with RESOLVE_IN_ROOT does: absolute links
 * and steps up end at that root, and the links of /proc are read as text. Every step is taken from the descriptor of the one before, so
 * whoever exchanges a directory for a link meanwhile changes where the path leads, and never to outside.
 * The descriptor (O_PATH) is the caller's to close. Throws ENOENT, ENOTDIR, ELOOP as open(2) does.
 */
export function openInRoot(root: number, path: string, make: Make = { kind: 'nothing' }): number {
  if (path.includes('\0')) throw new Error(`not a path: ${JSON.stringify(path)}`)
  const above: number[] = []
  let at = openSync(`/proc/self/fd/${root}`, O_PATH)
  let left = path.split('/')
  let links = 0
  const toRoot = (): void => {
    const [top = at] = above
    for (const one of [...above.slice(1), at]) if (one !== top) closeSync(one)
    above.length = 0
    at = top
  }
  try {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (part === '' || part === '.') continue
      if (part === '..') {
        const parent = above.pop()
        if (parent !== undefined) {
          closeSync(at)
          at = parent
        }
        continue
      }
      const isLast = left.every((one) => one === '' || one === '.')
      const next = step(at, part, isLast || make.kind === 'nothing' ? make : { ...make, kind: 'directory' })
      if (!fstatSync(next).isSymbolicLink()) {
        above.push(at)
        at = next
        continue
      }
      closeSync(next)
      if (++links > linkLimit)
        throw Object.assign(new Error(`ELOOP: too many links: ${path}`), { code: 'ELOOP' })
      const target = readlinkSync(`/proc/self/fd/${at}/${part}`)
      if (target.startsWith('/')) toRoot()
      left = [...target.split('/'), ...left]
    }
  } catch (error) {
    closeSync(at)
    throw error
  } finally {
    for (const one of above) closeSync(one)
  }
  return at
}

/** One name below a descriptor, itself and not what it links to. */
function step(directory: number, name: string, make: Make): number {
  const path = `/proc/self/fd/${directory}/${name}`
  const open = (): number => openSync(path, O_PATH | constants.O_NOFOLLOW)
  try {
    return open()
  } catch (error) {
    if (make.kind === 'nothing' || !(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      throw error
    if (make.kind === 'directory') mkdirSync(path)
    // Made anew or not at all: never through a link that somebody has put there meanwhile.
    else writeFileSync(path, '', { flag: 'wx' })
    const made = open()
    chownSync(`/proc/self/fd/${made}`, make.owner, make.owner)
    return made
  }
}
