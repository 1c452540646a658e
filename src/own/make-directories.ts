import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a directory and what is missing above it. Node's own `recursive` never ends below /proc, where nothing can be made, and
 * takes a read-only file system for a missing directory. Throws the system's error.
 * @param mode of each that is made
 */
export function makeDirectories(path: string, mode = 0o777): void {
  const missing: string[] = []
  for (let at = resolve(path); !isMade(at, mode); at = dirname(at)) missing.unshift(at)
  for (const one of missing) make(one, mode)
}

/** False: what should hold it is not there. */
function isMade(path: string, mode: number): boolean {
  try {
    make(path, mode)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false
    throw error
  }
}

function make(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
