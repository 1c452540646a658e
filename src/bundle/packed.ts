import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Budget, TooMuch, type Limits } from '../edge/budget.ts'
import { isPlainFile, readArchiveEntries, type ArchiveLimits } from './archive.ts'
import { BundleError, bundleFiles, bundleFolders, indexFile, isInside } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { bundleLimits, mostFileOctets, mostIndexOctets } from './read.ts'
import { readIndex } from './read-index.ts'

/** Whether a bundle that is written there is one file: by its name. */
export const isPackedName = (path: string): boolean => /\.(tgz|tar\.gz)$/i.test(path)

/** What may lie beside a bundle in the file: a run's result and its packets. */
export const runFolder = 'run'

const limits: ArchiveLimits = {
  octets: bundleLimits.octets + 256 * 1024 ** 2,
  entries: 500_000,
  otherwise: 'a bundle (a directory or a .podpath.tgz) or an eks_i-….tar.gz',
  writer: 'podpath',
}
/** Of somebody's, until it is known whose. */
const anyArchive: ArchiveLimits = { ...limits, octets: 4 * 1024 ** 3 }

/**
 * Writes a bundle as one file, a gzipped tar of what `writeBundle` writes, `beside` it what a run has more. The same bundle gives
 * the same octets: sorted, without times and owners. It is the owner's alone, and takes the place of a file that is there when it is
 * whole. Rejects with a BundleError: `unsafe-path`, `not-written`.
 */
export async function writePackedBundle(
  bundle: Bundle,
  path: string,
  beside: ReadonlyMap<string, string | Uint8Array> = new Map(),
): Promise<void> {
  // First: who reads it knows by it what the archive is.
  const index = bundleFiles(bundle).get(indexFile) ?? ''
  const files: (readonly [string, string | Uint8Array])[] = [
    [indexFile, index],
    ...byName(bundle.files),
    ...byName(beside).map(([name, octets]) => [`${runFolder}/${name}`, octets] as const),
  ]
  for (const [name] of files)
    if (!isInside(name))
      throw new BundleError('unsafe-path', name, 'no path inside a bundle; nothing was written')
  // Beside its place: what is half written never has its name.
  const draft = `${path}.${randomBytes(6).toString('hex')}.part`
  try {
    const there = await lstat(path).catch(() => null)
    if (there !== null && !there.isFile())
      throw new BundleError('not-written', path, 'is there and no plain file: choose another name')
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    const { default: tar } = await import('tar-stream')
    const pack = tar.pack()
    const written = pipeline(pack, createGzip({ level: 9 }), file.createWriteStream())
    written.catch(() => undefined)
    for (const [name, octets] of files)
      await new Promise<void>((done, failed) => {
        pack.entry(
          { name, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' },
          typeof octets === 'string' ? octets : Buffer.from(octets),
          (error) => {
            if (error) failed(error)
            else done()
          },
        )
      })
    pack.finalize()
    await written
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true })
    if (cause instanceof BundleError) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new BundleError('not-written', path, `cannot be written: ${said}`, { cause })
  }
}

const byName = <T>(files: ReadonlyMap<string, T>): (readonly [string, T])[] =>
  [...files].toSorted(([one], [other]) => (one < other ? -1 : 1))

/** Folders that the EKS log collector writes, some of them before `networking/`. */
const collectorFolders = /^(networking|kubelet|cni|ipamd|system|modinfo|containerd|docker|var_log)\//

/** Whether an archive is a packed bundle: its index comes before anything of the log collector's. Rejects as `readPackedBundle` does. */
export async function isPackedBundle(path: string): Promise<boolean> {
  let found = false
  await readArchiveEntries(path, anyArchive, ({ name }) => {
    found = name === indexFile
    return found || collectorFolders.test(name) ? false : undefined
  })
  return found
}

/** Octets of a run's result and of its packets. */
const runLimits = { files: 16, octets: 256 * 1024 ** 2 } as const satisfies Limits

/** Everything that a packed bundle holds. */
export interface PackedBundle {
  readonly bundle: Bundle
  /** What a run has more, by its name without the folder: `result.json`. */
  readonly run: ReadonlyMap<string, Uint8Array>
}

/**
 * Reads a packed bundle. No link, no file twice, no path outside; sizes are those of a bundle directory.
 * Rejects with a BundleError: `not-a-bundle`, `bad-index`, `bad-file`, `unsafe-path`, `too-large`, `unreadable`.
 */
export async function readPackedBundle(path: string): Promise<PackedBundle> {
  const shown = basename(path)
  const budget = new Budget('the bundle', bundleLimits)
  const ofRun = new Budget('the run', runLimits)
  const files = new Map<string, string>()
  const run = new Map<string, Uint8Array>()
  await readArchiveEntries(path, limits, async ({ name, type, chunks }) => {
    const beside = name.startsWith(`${runFolder}/`)
    if (type === 'directory' || (!beside && !isBundlesOwn(name))) return
    const file = `${shown}:${name}`
    if (!isPlainFile(type)) throw new BundleError('unsafe-path', file, `is no plain file but a ${type}`)
    if (!isInside(name)) throw new BundleError('unsafe-path', file, 'no path inside a bundle')
    if (files.has(name) || run.has(name)) throw new BundleError('bad-file', file, 'is in the archive twice')
    const octets = await octetsOf(file, chunks, beside ? ofRun : budget, mostOf(name, beside))
    if (beside) run.set(name.slice(runFolder.length + 1), octets)
    else files.set(name, octets.toString('utf8'))
  })
  const index = files.get(indexFile)
  if (index === undefined)
    throw new BundleError('not-a-bundle', shown, `no bundle: it has no readable ${indexFile}`)
  const read = readIndex(index)
  const folders = new Set([...read.stacks.map(({ dir }) => dir.replace(/\/$/, '')), ...bundleFolders])
  // As in a directory: what the index does not name is left alone.
  const own = [...files].filter(([name]) => folders.has(name.slice(0, name.lastIndexOf('/'))))
  return { bundle: { index: read, files: new Map(own) }, run }
}

const isBundlesOwn = (name: string): boolean => name === indexFile || /\/[^/]+\.(json|txt)$/.test(name)

const mostOf = (name: string, beside: boolean): number =>
  beside ? runLimits.octets : name === indexFile ? mostIndexOctets : mostFileOctets

async function octetsOf(
  file: string,
  chunks: AsyncIterable<Buffer>,
  budget: Budget,
  most: number,
): Promise<Buffer> {
  const kept: Buffer[] = []
  let octets = 0
  try {
    budget.spend('files', 1)
    for await (const chunk of chunks) {
      octets += chunk.length
      budget.spend('octets', chunk.length)
      if (octets > most) throw new BundleError('too-large', file, `it has more than ${most} octets`)
      kept.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof TooMuch) throw new BundleError('too-large', file, cause.message, { cause })
    throw cause
  }
  return Buffer.concat(kept)
}
