import { readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectories } from '../own/make-directories.ts'
import { BundleError, bundleFiles, bundleFolders, indexFile, isInside } from './bundle.ts'
import type { Bundle } from './bundle.ts'

/** What a bundle consists of at its top; nothing else in the directory is touched. */
const parts = [indexFile, 'stacks', ...bundleFolders] as const

/**
 * Writes a bundle to a directory, which is made. A bundle that is there is replaced; any other directory with
 * something in it is refused. Files are the owner's alone: a snapshot tells much about a cluster.
 * Rejects with a BundleError: `not-empty`, `unsafe-path`, `not-written`.
 */
export async function writeBundle(bundle: Bundle, directory: string): Promise<void> {
  const files = bundleFiles(bundle)
  for (const path of files.keys())
    if (!isInside(path))
      throw new BundleError('unsafe-path', path, 'no path inside a bundle; nothing was written')
  try {
    makeDirectories(directory, 0o700)
    const present = await readdir(directory)
    if (present.length > 0 && !present.includes(indexFile))
      throw new BundleError('not-empty', directory, 'is not empty and no bundle: choose another directory')
    // Removing first also removes links that would lead the files elsewhere.
    for (const part of parts) await rm(join(directory, part), { recursive: true, force: true })
    const directories = new Set([...files.keys()].map((path) => dirname(path)))
    for (const path of directories) makeDirectories(join(directory, path), 0o700)
    const index = files.get(indexFile) ?? ''
    for (const [path, text] of files) if (path !== indexFile) await create(join(directory, path), text)
    // Last: a directory with an index is whole.
    await create(join(directory, indexFile), index)
  } catch (cause) {
    if (cause instanceof BundleError) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new BundleError('not-written', directory, `cannot be written: ${said}`, { cause })
  }
}

/** `wx` refuses what is there already, links included. */
const create = (path: string, text: string): Promise<void> =>
  writeFile(path, text, { flag: 'wx', mode: 0o600 })
