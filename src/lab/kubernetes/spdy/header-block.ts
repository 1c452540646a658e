import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { SpdyError } from './frame.ts'

/** Words that the dictionary begins with, each behind its length (SPDY/3.1 draft, section 2.6.10.1). */
const words =
  'options,head,post,put,delete,trace,accept,accept-charset,accept-encoding,accept-language,accept-ranges,age,allow,authorization,cache-control,connection,content-base,content-encoding,content-language,content-length,content-location,content-md5,content-range,content-type,date,etag,expect,expires,from,host,if-match,if-modified-since,if-none-match,if-range,if-unmodified-since,last-modified,location,max-forwards,pragma,proxy-authenticate,proxy-authorization,range,referer,retry-after,server,te,trailer,transfer-encoding,upgrade,user-agent,vary,via,warning,www-authenticate,method,get,status,200 OK,version,HTTP/1.1,url,public,set-cookie,keep-alive,origin'.split(
    ',',
  )

/** The text that it ends with. */
const tail =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

/** What both sides prime their compressor of header blocks with. */
export const spdyDictionary: Buffer = Buffer.concat([
  ...words.flatMap((word) => [uint32(word.length), Buffer.from(word)]),
  Buffer.from(tail),
])

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** Octets of one block when it is open; those of remote commands have a handful of short headers. */
const blockLimit = 64 * 1024

export type Headers = ReadonlyMap<string, string>

/** Opens header blocks in the order in which they came: one stream of zlib for a whole session. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({
    dictionary: spdyDictionary,
    finishFlush: constants.Z_SYNC_FLUSH,
  })

  constructor() {
    // Whoever waits for a block is told; an error that comes when nobody waits shows with the next block.
    this.#inflate.on('error', () => undefined)
  }

  /** A SpdyError when the block is not one, or too long when it is open; no further one can be read then. */
  async read(block: Buffer): Promise<Headers> {
    return parseHeaders(await pass(this.#inflate, block))
  }

  close(): void {
    this.#inflate.destroy()
  }
}

/** Closes header blocks, as the reader opens them. */
export class HeaderWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary: spdyDictionary, flush: constants.Z_SYNC_FLUSH })

  constructor() {
    this.#deflate.on('error', () => undefined)
  }

  write(headers: Headers): Promise<Buffer> {
    const parts = [uint32(headers.size)]
    for (const [name, value] of headers) {
      for (const text of [name, value]) parts.push(uint32(Buffer.byteLength(text)), Buffer.from(text))
    }
    return pass(this.#deflate, Buffer.concat(parts))
  }

  close(): void {
    this.#deflate.destroy()
  }
}

/** Sends a piece through a zlib stream and gathers what comes out up to the flush behind it. */
function pass(stream: Inflate | Deflate, piece: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer): void => {
      size += chunk.length
      if (size > blockLimit) {
        fail(new SpdyError('a header block is too long'))
        stream.destroy()
      } else out.push(chunk)
    }
    const done = (): void => {
      stream.off('data', take)
      stream.off('error', fail)
      stream.off('close', closed)
    }
    const fail = (error: Error): void => {
      done()
      reject(error instanceof SpdyError ? error : new SpdyError(`a header block: ${error.message}`))
    }
    const closed = (): void => {
      fail(new SpdyError('the session has ended'))
    }
    if (stream.destroyed) {
      closed()
      return
    }
    stream.on('data', take)
    stream.on('error', fail)
    stream.on('close', closed)
    stream.write(piece)
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      done()
      resolve(Buffer.concat(out))
    })
  })
}

function parseHeaders(block: Buffer): Headers {
  const headers = new Map<string, string>()
  let at = 0
  const number = (): number => {
    if (at + 4 > block.length) throw new SpdyError('a header block ends too early')
    at += 4
    return block.readUInt32BE(at - 4)
  }
  const text = (): string => {
    const length = number()
    if (at + length > block.length) throw new SpdyError('a header block ends too early')
    at += length
    return block.toString('utf8', at - length, at)
  }
  for (let left = number(); left > 0; left--) {
    const name = text()
    headers.set(name, text())
  }
  return headers
}
