import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BundleError, indexFile } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { bundleOfArchives } from './collector/bundle-of-archives.ts'
import { readArchive, readUnpackedArchive, type CollectorArchive } from './collector/read-archive.ts'
import { damagedTable } from './damaged-table.ts'
import { isPackedBundle, readPackedBundle } from './packed.ts'
import { readBundle } from './read.ts'
import { validateBundle } from './validate.ts'

/**
 * What a user names as recorded: one bundle (a directory or a packed file), or archives of the EKS log collector (packed or unpacked), one for
 * each node. Rejects with a BundleError.
 */
export async function openRecorded(paths: readonly string[]): Promise<Bundle> {
  const [first] = paths
  if (first === undefined) throw new BundleError('not-a-bundle', '', 'no path was given')
  const archives: CollectorArchive[] = []
  let newest = 0
  for (const path of paths) {
    if (path === '') throw new BundleError('not-a-bundle', '""', 'is no path')
    const kind = await kindOf(path)
    if (kind === 'bundle') {
      if (paths.length > 1) throw alone(path)
      return sound(await readBundle(path))
    }
    if (kind === 'packed') {
      if (paths.length > 1) throw alone(path)
      return sound((await readPackedBundle(path)).bundle)
    }
    archives.push(kind === 'unpacked' ? await readUnpackedArchive(path) : await readArchive(path))
    newest = Math.max(newest, (await stat(path)).mtimeMs)
  }
  return bundleOfArchives(archives, new Date(newest).toISOString())
}

const alone = (path: string): BundleError =>
  new BundleError('not-a-bundle', path, 'is a bundle, which is whole: give it alone, or archives only')

/** A file that cannot be what its name says is refused with its line: what was cut or mixed up predicts nothing. */
function sound(bundle: Bundle): Bundle {
  const damaged = validateBundle(bundle).find(({ line }) => line !== null) ?? damagedTable(bundle)
  if (damaged) throw new BundleError('bad-file', damaged.file, `line ${damaged.line}: ${damaged.message}`)
  return bundle
}

async function kindOf(path: string): Promise<'bundle' | 'packed' | 'unpacked' | 'archive'> {
  const isThere = (file: string): Promise<boolean> =>
    stat(join(path, file)).then(
      () => true,
      () => false,
    )
  const directory = await stat(path).then(
    (status) => status.isDirectory(),
    (cause: unknown) => {
      throw new BundleError('unreadable', path, cause instanceof Error ? cause.message : String(cause), {
        cause,
      })
    },
  )
  if (!directory) return (await isPackedBundle(path)) ? 'packed' : 'archive'
  return !(await isThere(indexFile)) && (await isThere('networking')) ? 'unpacked' : 'bundle'
}
