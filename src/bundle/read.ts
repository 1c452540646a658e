import { constants } from 'node:fs'
import { lstat, open, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { Budget, TooMuch, tooMuch, type Limits } from '../edge/budget.ts'
import { readText } from '../edge/read-text.ts'
import { BundleError, bundleFolders, indexFile, isInside } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { readIndex } from './read-index.ts'

/** Of all files; a snapshot of a thousand pods has some tens of megabytes. */
export const bundleLimits = { files: 500_000, octets: 512 * 1024 * 1024 } as const satisfies Limits
/** Octets of one file, and of the index: a stack has some two hundred in it. */
export const mostFileOctets = 64 * 1024 * 1024
export const mostIndexOctets = 16 * 1024 * 1024
/** A stack has some twenty; others may lie beside them. */
const mostFilesInDirectory = 1_000

/**
 * Reads a bundle: bundle.json, the directories that it names, `kubernetes/`, `ec2/` and `names/`. Links are not followed,
 * sizes are bounded, other files are left alone.
 * Rejects with a BundleError: `not-a-bundle`, `bad-index` (with the line), `unsafe-path`, `too-large`, `unreadable`.
 */
export async function readBundle(directory: string): Promise<Bundle> {
  const budget = new Budget('the bundle', bundleLimits)
  const text = await readIndexFile(directory, budget)
  const index = readIndex(text)
  const files = new Map<string, string>()
  for (const dir of new Set([...index.stacks.map((stack) => stack.dir), ...bundleFolders]))
    for (const name of await listFiles(directory, dir))
      files.set(`${dir}/${name}`, await readPlainFile(directory, `${dir}/${name}`, budget))
  return { index, files }
}

async function readIndexFile(directory: string, budget: Budget): Promise<string> {
  try {
    return await readPlainFile(directory, indexFile, budget, mostIndexOctets)
  } catch (cause) {
    if (!(cause instanceof BundleError) || cause.code !== 'unreadable') throw cause
    throw new BundleError('not-a-bundle', directory, `no bundle: it has no readable ${indexFile}`, { cause })
  }
}

/** The names of a directory's .json and .txt files; none when the directory is not there. */
async function listFiles(root: string, dir: string): Promise<readonly string[]> {
  // Every part of the way must be a directory of its own: a link could lead out of the bundle.
  const parts = dir.split('/')
  for (let depth = 1; depth <= parts.length; depth++) {
    const part = parts.slice(0, depth).join('/')
    const status = await lstat(join(root, part)).catch(() => undefined)
    if (!status) return []
    if (!status.isDirectory())
      throw new BundleError('unsafe-path', part, 'is not a directory (links are not followed)')
  }
  const names: string[] = []
  let seen = 0
  // One by one: a directory may hold millions, and all of their names would be kept.
  for await (const { name } of await opendir(join(root, dir))) {
    if (++seen > mostFilesInDirectory)
      throw new BundleError('too-large', dir, tooMuch('it', 'files', mostFilesInDirectory))
    if (/\.(json|txt)$/.test(name) && isInside(name)) names.push(name)
  }
  return names.sort()
}

/** One file under a root that may be hostile: no link, no device, no more octets than the budget and `most` allow. */
export async function readPlainFile(
  root: string,
  path: string,
  budget: Budget,
  most = mostFileOctets,
): Promise<string> {
  let handle
  try {
    // O_NONBLOCK: a FIFO in its place must not make us wait for a writer.
    handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await handle.stat()
    if (!status.isFile()) throw new BundleError('unsafe-path', path, 'is not a plain file')
    budget.spend('files', 1)
    budget.spend('octets', status.size)
    return await readText(handle, 'it', most, status.size)
  } catch (cause) {
    if (cause instanceof BundleError) throw cause
    if (cause instanceof TooMuch) throw new BundleError('too-large', path, cause.message, { cause })
    const link = (cause as NodeJS.ErrnoException).code === 'ELOOP'
    if (link) throw new BundleError('unsafe-path', path, 'is a link; links are not followed', { cause })
    throw new BundleError('unreadable', path, cause instanceof Error ? cause.message : String(cause), {
      cause,
    })
  } finally {
    await handle?.close()
  }
}
