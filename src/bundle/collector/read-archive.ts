import { lstat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Budget } from '../../edge/budget.ts'
import { isPlainFile, readArchiveEntries, type ArchiveLimits } from '../archive.ts'
import { BundleError } from '../bundle.ts'
import { readPlainFile } from '../read.ts'
import { LineCounter } from './line-counter.ts'
import { listings, wantedFiles } from './wanted-files.ts'

/** One archive of the EKS log collector: what of it says how packets travel. */
export interface CollectorArchive {
  /** As the user wrote it. */
  readonly path: string
  /** `networking/iproute.txt` → its text. */
  readonly files: ReadonlyMap<string, string>
  /** The listings that are there; see `listings`. */
  readonly listed: readonly string[]
}

const limits: ArchiveLimits = {
  // Far above the 100 MB of system log and some logs more that a real one holds.
  octets: 4 * 1024 ** 3,
  entries: 200_000,
  otherwise: 'a bundle (a directory or a .podpath.tgz) or an eks_i-….tar.gz',
  writer: 'log collector',
}

/**
 * Reads an archive as a stream: nothing is unpacked to disk, links are not followed, what is not wanted is dropped as it
 * comes, so memory is bounded by the files wanted.
 * Rejects with a BundleError that names the archive and the file (and the line, where one is to blame):
 * `not-a-bundle`, `unreadable`, `unsafe-path`, `too-large`, `bad-file`.
 */
export async function readArchive(path: string): Promise<CollectorArchive> {
  const shown = basename(path)
  const files = new Map<string, string>()
  const listed: string[] = []
  await readArchiveEntries(path, limits, async ({ name, type, chunks }) => {
    if (listings.includes(name) && !listed.includes(name)) listed.push(name)
    const wanted = wantedFiles.get(name)
    if (wanted === undefined || type === 'directory') return
    const file = `${shown}:${name}`
    if (!isPlainFile(type)) throw new BundleError('unsafe-path', file, `is no plain file but a ${type}`)
    if (files.has(name)) throw new BundleError('bad-file', file, 'is in the archive twice')
    const counter = new LineCounter(file, wanted)
    for await (const chunk of chunks) counter.add(chunk)
    files.set(name, counter.text())
    return
  })
  return whole({ path, files, listed }, shown)
}

/**
 * The same of an archive that somebody unpacked. Links are refused, as in an archive; a file that is not there is one
 * that the collector did not write.
 */
export async function readUnpackedArchive(directory: string): Promise<CollectorArchive> {
  const files = new Map<string, string>()
  const budget = new Budget('the archive', { octets: limits.octets })
  for (const [name, wanted] of wantedFiles) {
    const [folder = ''] = name.split('/')
    const inside = await lstat(join(directory, folder)).catch(() => undefined)
    if (inside === undefined) continue
    if (!inside.isDirectory())
      throw new BundleError(
        'unsafe-path',
        join(directory, folder),
        'is not a directory (links are not followed)',
      )
    if ((await lstat(join(directory, name)).catch(() => undefined)) === undefined) continue
    const counter = new LineCounter(join(directory, name), wanted)
    counter.add(Buffer.from(await readPlainFile(directory, name, budget, wanted.octets)))
    files.set(name, counter.text())
  }
  const listed: string[] = []
  for (const name of listings)
    if ((await lstat(join(directory, name)).catch(() => undefined)) !== undefined) listed.push(name)
  return whole({ path: directory, files, listed }, directory)
}

function whole(archive: CollectorArchive, shown: string): CollectorArchive {
  if (archive.files.has('networking/iproute.txt')) return archive
  throw new BundleError(
    'not-a-bundle',
    shown,
    'no archive of the EKS log collector: it has no networking/iproute.txt',
  )
}
