import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

/** Directories in each other that are entered before the rest is taken out of them: each is a descriptor. */
const mostDeep = 32

/** How often a directory is emptied that somebody fills meanwhile; and one whose depth is taken out of it. */
const mostTries = { filled: 100, deep: 100_000 } as const

/** Names that are removed before others of the daemon's affairs have their turn. */
const atOnce = 500

/**
 * Removes a directory of guests' with all that is in it. A guest may outlive its sandbox, and exchange a directory for a link while it is
 * removed (what Kubernetes' CVE-2017-1002102 was about), or nest directories deeper than a path can tell: every step is taken from
 * the descriptor of the one before, and no link is followed. No error when nothing is there. Rejects when it cannot be emptied.
 */
export async function removeTree(path: string): Promise<void> {
  const removal = new Removal()
  for (const tries = { filled: 0, deep: 0 }; ;) {
    const top = openedItself(path)
    if (top === undefined) return
    const moved = removal.moved
    try {
      await removal.empty(top, top, 0)
    } finally {
      closeSync(top)
    }
    if (isAway(() => rmdirSync(path))) return
    const why = removal.moved > moved ? 'deep' : 'filled'
    if (++tries[why] > mostTries[why]) throw new Error(`${path} does not become empty`)
  }
}

class Removal {
  /** Directories that were too deep and have been taken to the top. */
  moved = 0
  #seen = 0

  async empty(top: number, directory: number, depth: number): Promise<void> {
    for (const name of readdirSync(`/proc/self/fd/${directory}`, { encoding: 'buffer' })) {
      if (++this.#seen % atOnce === 0) await turn()
      const path = Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name])
      if (isAway(() => unlinkSync(path))) continue
      if (depth === mostDeep) {
        // Its turn comes again there. Whoever else takes it away has done what we would.
        isAway(() => renameSync(path, join(`/proc/self/fd/${top}`, randomBytes(12).toString('hex'))))
        this.moved++
        continue
      }
      const inner = openedItself(path)
      if (inner === undefined) continue
      try {
        await this.empty(top, inner, depth + 1)
      } finally {
        closeSync(inner)
      }
      // What is in it still is found the next time.
      isAway(() => rmdirSync(path))
    }
  }
}

/** The directory itself, not what a link in its place leads to; undefined when there is none. */
function openedItself(path: string | Buffer): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    if (isOneOf(error, ['ENOENT', 'ENOTDIR', 'ELOOP'])) return undefined
    throw error
  }
}

/** Takes it away; false when it is a directory or has something in it, or none any more. */
function isAway(take: () => void): boolean {
  try {
    take()
    return true
  } catch (error) {
    if (isOneOf(error, ['ENOENT'])) return true
    if (isOneOf(error, ['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'])) return false
    throw error
  }
}

const isOneOf = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))
