import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { tooMuch } from '../edge/budget.ts'
import { BundleError } from './bundle.ts'

/** How much an archive may be. */
export interface ArchiveLimits {
  /** Octets of all of it, unpacked. */
  readonly octets: number
  readonly entries: number
  /** What somebody may have meant instead of a file that is no archive. */
  readonly otherwise: string
  /** Whose archive would never name a file outside of itself. */
  readonly writer: string
}

/** One entry, in the order of the archive; what is not read is dropped as it comes. */
export interface ArchiveEntry {
  /** Without `./` at its start, never upwards and never absolute. */
  readonly name: string
  /** `file`, `directory`, `symlink`, … */
  readonly type: string
  readonly chunks: AsyncIterable<Buffer>
}

/** Text shrinks to a tenth or so, one line again and again to a four-hundredth. Small archives may do as they like. */
const mostRatio = 100
const freeOctets = 8 * 1024 ** 2

/**
 * Reads a gzipped tar as a stream: nothing is unpacked to disk, and memory is bounded by what `use` keeps. `use` gives `false` to
 * read no further. Rejects with a BundleError that names the archive: `not-a-bundle`, `unreadable`, `unsafe-path`, `too-large`,
 * `bad-file`, and with what `use` throws.
 */
export async function readArchiveEntries(
  path: string,
  limits: ArchiveLimits,
  use: (entry: ArchiveEntry) => Promise<boolean | undefined> | boolean | undefined,
): Promise<void> {
  const shown = basename(path)
  const input = await openArchive(path)
  try {
    // CommonJS: its functions are members of the default export.
    const { default: tar } = await import('tar-stream')
    const entries = tar.extract()
    const packed = input.createReadStream()
    const unpacked = pipeline(
      packed,
      createGunzip(),
      bounded(shown, limits.octets, () => packed.bytesRead),
      entries,
    )
    // Its failure is the iteration's failure too; whoever hears of it first tells it.
    unpacked.catch(() => undefined)
    let count = 0
    for await (const entry of entries) {
      if (++count > limits.entries)
        throw new BundleError('too-large', shown, tooMuch('it', 'files', limits.entries))
      const name = insideName(entry.header.name, shown, limits.writer)
      const type = entry.header.type ?? 'special file'
      if ((await use({ name, type, chunks: entry as AsyncIterable<Buffer> })) === false) return
      entry.resume()
    }
    await unpacked
  } catch (cause) {
    throw cause instanceof BundleError ? cause : unreadable(shown, cause, limits.otherwise)
  } finally {
    await input.close().catch(() => undefined)
  }
}

export const isPlainFile = (type: string): boolean => type === 'file' || type === 'contiguous-file'

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

/** `./networking/iproute.txt` → `networking/iproute.txt`. */
function insideName(name: string, archive: string, writer: string): string {
  const parts = name.split('/').filter((part) => part !== '.' && part !== '')
  if (name.startsWith('/') || parts.includes('..'))
    throw new BundleError(
      'unsafe-path',
      archive,
      `names a file outside of itself: ${JSON.stringify(name.slice(0, 120))}; no ${writer} wrote it`,
    )
  return parts.join('/')
}

/**
 * Lets so many octets through and no more: a few kilobytes of gzip can hold terabytes. What is packed more tightly than
 * any text is given up sooner.
 */
function bounded(archive: string, mostOctets: number, packed: () => number): Transform {
  let octets = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      octets += chunk.length
      if (octets > mostOctets)
        done(new BundleError('too-large', archive, `unpacks to more than ${mostOctets / 1024 ** 2} MiB`))
      else if (octets > freeOctets && octets > mostRatio * packed())
        done(new BundleError('too-large', archive, `unpacks to more than ${mostRatio} times its size`))
      else done(null, chunk)
    },
  })
}

function unreadable(archive: string, cause: unknown, otherwise: string): BundleError {
  const said = cause instanceof Error ? cause.message : String(cause)
  const code = (cause as NodeJS.ErrnoException | null)?.code
  if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(said))
    return new BundleError('bad-file', archive, 'ends in the middle: it was not copied whole', { cause })
  if (code === 'Z_DATA_ERROR')
    return new BundleError(
      'not-a-bundle',
      archive,
      /header check/.test(said) ? `is no gzip archive: give ${otherwise}` : `is damaged (${said})`,
      { cause },
    )
  return new BundleError('not-a-bundle', archive, `cannot be read as a tar archive (${said.slice(0, 120)})`, {
    cause,
  })
}
