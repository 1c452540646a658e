import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BundleError, indexFile, isInside } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { readIndex } from './read-index.ts'

/** Octets of one file, and of all; a snapshot of a thousand pods has some tens of megabytes. */
const mostFileOctets = 64 * 1024 * 1024
const mostOctets = 512 * 1024 * 1024
const mostFilesInDirectory = 200

/**
 * Reads a bundle: bundle.json, the directories that it names, `kubernetes/` and `ec2/`. Links are not followed,
 * sizes are bounded, other files are left alone.
 * Rejects with a BundleError: `not-a-bundle`, `bad-index` (with the line), `unsafe-path`, `too-large`, `unreadable`.
 */
export async function readBundle(directory: string): Promise<Bundle> {
  const budget = { octets: mostOctets }
  const text = await readIndexFile(directory, budget)
  const index = await readIndex(text)
  const files = new Map<string, string>()
  for (const dir of new Set([...index.stacks.map((stack) => stack.dir), 'kubernetes', 'ec2']))
    for (const name of await listFiles(directory, dir))
      files.set(`${dir}/${name}`, await readPlainFile(directory, `${dir}/${name}`, budget))
  return { index, files }
}

async function readIndexFile(directory: string, budget: { octets: number }): Promise<string> {
  try {
    return await readPlainFile(directory, indexFile, budget)
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
  const names = (await readdir(join(root, dir)))
    .filter((name) => /\.(json|txt)$/.test(name) && isInside(name))
    .sort()
  if (names.length > mostFilesInDirectory)
    throw new BundleError('too-large', dir, `has more than ${mostFilesInDirectory} files`)
  return names
}

/** One file under a root that may be hostile: no link, no device, no more octets than the budget and `most` allow. */
export async function readPlainFile(
  root: string,
  path: string,
  budget: { octets: number },
  most = mostFileOctets,
): Promise<string> {
  let handle
  try {
    // O_NONBLOCK: a FIFO in its place must not make us wait for a writer.
    handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await handle.stat()
    if (!status.isFile()) throw new BundleError('unsafe-path', path, 'is not a plain file')
    budget.octets -= status.size
    if (status.size > most || budget.octets < 0)
      throw new BundleError('too-large', path, `has ${status.size} octets, more than can be read`)
    return await handle.readFile('utf8')
  } catch (cause) {
    if (cause instanceof BundleError) throw cause
    const link = (cause as NodeJS.ErrnoException).code === 'ELOOP'
    if (link) throw new BundleError('unsafe-path', path, 'is a link; links are not followed', { cause })
    throw new BundleError('unreadable', path, cause instanceof Error ? cause.message : String(cause), {
      cause,
    })
  } finally {
    await handle?.close()
  }
}
