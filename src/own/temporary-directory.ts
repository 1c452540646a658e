import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guarded } from './own-directory.ts'
import { trustedPath } from './trusted-path.ts'

/**
 * Makes a new directory for the user alone where the system has room for such things, and returns its path. Whoever asked
 * removes it. Throws an OwnError where somebody else could put another in its place.
 */
export function makeTemporaryDirectory(prefix: string): string {
  const place = { path: tmpdir(), otherwise: 'set TMPDIR to another directory' }
  return guarded(place, () => {
    // The way to something in it: what matters is that what is made there stays.
    trustedPath(join(place.path, prefix))
    return mkdtempSync(join(place.path, prefix))
  })
}
