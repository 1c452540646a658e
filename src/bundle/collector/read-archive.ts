import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Budget, tooMuch } from '../../edge/budget.ts'
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

/** Octets of the whole archive, unpacked: far above the 100 MB of system log and some logs more that a real one holds. */
const mostOctets = 4 * 1024 ** 3
/** Logs shrink to a tenth or so, one line again and again to a four-hundredth. Small archives may do as they like. */
const mostRatio = 100
const freeOctets = 8 * 1024 ** 2
const mostEntries = 200_000

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
  const input = await openArchive(path)
  try {
    // CommonJS: its functions are members of the default export.
    const { default: tar } = await import('tar-stream')
    const entries = tar.extract()
    const packed = input.createReadStream()
    const unpacked = pipeline(
      packed,
      createGunzip(),
      bounded(shown, () => packed.bytesRead),
      entries,
    )
    // Its failure is the iteration's failure too; whoever hears of it first tells it.
    unpacked.catch(() => undefined)
    let count = 0
    for await (const entry of entries) {
      if (++count > mostEntries)
        throw new BundleError('too-large', shown, tooMuch('it', 'files', mostEntries))
      const name = insideName(entry.header.name, shown)
      if (listings.includes(name) && !listed.includes(name)) listed.push(name)
      const wanted = wantedFiles.get(name)
      if (wanted === undefined || entry.header.type === 'directory') {
        entry.resume()
        continue
      }
      const file = `${shown}:${name}`
      if (entry.header.type !== 'file' && entry.header.type !== 'contiguous-file')
        throw new BundleError(
          'unsafe-path',
          file,
          `is no plain file but a ${entry.header.type ?? 'special file'}`,
        )
      if (files.has(name)) throw new BundleError('bad-file', file, 'is in the archive twice')
      const counter = new LineCounter(file, wanted)
      for await (const chunk of entry) counter.add(chunk as Buffer)
      files.set(name, counter.text())
    }
    await unpacked
  } catch (cause) {
    throw cause instanceof BundleError ? cause : unreadable(shown, cause)
  } finally {
    await input.close().catch(() => undefined)
  }
  return whole({ path, files, listed }, shown)
}

/**
 * The same of an archive that somebody unpacked. Links are refused, as in an archive; a file that is not there is one
 * that the collector did not write.
 */
export async function readUnpackedArchive(directory: string): Promise<CollectorArchive> {
  const files = new Map<string, string>()
  const budget = new Budget('the archive', { octets: mostOctets })
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

async function openArchive(path: string) {
  try {
    // O_NONBLOCK: a FIFO in its place must not make us wait for a writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (cause) {
    throw new BundleError('unreadable', path, cause instanceof Error ? cause.message : String(cause), {
      cause,
    })
  }
  throw new BundleError('unreadable', path, 'is neither a directory nor a plain file')
}

/** `./networking/iproute.txt` → `networking/iproute.txt`. The collector writes no other kind of name. */
function insideName(name: string, archive: string): string {
  const parts = name.split('/').filter((part) => part !== '.' && part !== '')
  if (name.startsWith('/') || parts.includes('..'))
    throw new BundleError(
      'unsafe-path',
      archive,
      `names a file outside of itself: ${JSON.stringify(name.slice(0, 120))}; no log collector wrote it`,
    )
  return parts.join('/')
}

/**
 * Lets so many octets through and no more: a few kilobytes of gzip can hold terabytes. What is packed more tightly than
 * any log is given up sooner.
 */
function bounded(archive: string, packed: () => number): Transform {
  let octets = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      octets += chunk.length
      if (octets > mostOctets)
        done(new BundleError('too-large', archive, `unpacks to more than ${mostOctets / 1024 ** 3} GiB`))
      else if (octets > freeOctets && octets > mostRatio * packed())
        done(new BundleError('too-large', archive, `unpacks to more than ${mostRatio} times its size`))
      else done(null, chunk)
    },
  })
}

function unreadable(archive: string, cause: unknown): BundleError {
  const said = cause instanceof Error ? cause.message : String(cause)
  const code = (cause as NodeJS.ErrnoException | null)?.code
  if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(said))
    return new BundleError('bad-file', archive, 'ends in the middle: it was not copied whole', { cause })
  if (code === 'Z_DATA_ERROR')
    return new BundleError(
      'not-a-bundle',
      archive,
      /header check/.test(said)
        ? 'is no gzip archive: give a bundle directory or an eks_i-….tar.gz'
        : `is damaged (${said})`,
      { cause },
    )
  return new BundleError('not-a-bundle', archive, `cannot be read as a tar archive (${said.slice(0, 120)})`, {
    cause,
  })
}
