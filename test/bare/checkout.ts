import { spawnSync } from 'node:child_process'
import { cpSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** Copies the working tree as it is now, without what .gitignore names: what would be committed. */
export function copyCheckout(to: string): void {
  const { status, stdout, stderr } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: checkout, encoding: 'utf8', maxBuffer: 2 ** 26 },
  )
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr.trim()}`)
  for (const path of stdout.split('\0')) {
    const from = join(checkout, path)
    // Gone from the tree, and still in the index.
    if (path === '' || lstatSync(from, { throwIfNoEntry: false }) === undefined) continue
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(from, join(to, path), { verbatimSymlinks: true })
  }
}

export const checkoutText = (path: string): string => readFileSync(join(checkout, path), 'utf8')
