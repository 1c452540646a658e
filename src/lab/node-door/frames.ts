/** What goes between a program on a node and the lab's daemon after the first line: kind, length (4 octets), octets. */
export const frame = { stdin: 0, endOfInput: 1, resize: 2, stdout: 3, stderr: 4, exit: 5, begin: 6 } as const

export interface Frame {
  readonly kind: number
  readonly octets: Buffer
}

export function writeFrame(kind: number, octets: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(octets)
  const head = Buffer.alloc(5)
  head.writeUInt8(kind, 0)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** The first line: which program was called, and how. */
export interface Call {
  readonly program: 'crictl' | 'systemctl' | 'journalctl'
  readonly argv: readonly string[]
  readonly columns: number
  readonly rows: number
}

/** Octets of the first line, and of one frame. */
const mostLine = 64 * 1024
const mostFrame = 1024 * 1024

/** Takes a stream apart: a first line, when asked for one, and frames. Throws when it is none. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  #line: ((line: string) => void) | undefined
  readonly #frame: (frame: Frame) => void

  constructor(onFrame: (frame: Frame) => void, onLine?: (line: string) => void) {
    this.#frame = onFrame
    this.#line = onLine
  }

  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (this.#line) {
      const end = this.#rest.indexOf(10)
      if (end < 0 && this.#rest.length > mostLine) throw new Error('the first line is too long')
      if (end < 0) return
      const line = this.#rest.toString('utf8', 0, end)
      this.#rest = this.#rest.subarray(end + 1)
      const tell = this.#line
      this.#line = undefined
      tell(line)
    }
    while (this.#rest.length >= 5) {
      const length = this.#rest.readUInt32BE(1)
      if (length > mostFrame) throw new Error('a frame is too large')
      if (this.#rest.length < 5 + length) return
      this.#frame({ kind: this.#rest.readUInt8(0), octets: Buffer.from(this.#rest.subarray(5, 5 + length)) })
      this.#rest = this.#rest.subarray(5 + length)
    }
  }
}
