/**
 * Frames of SPDY/3.1, section 2.2: eight octets, then the payload. All fields are big-endian.
 * https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */
export const controlType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const

/** Flag of the last frame that its sender sends on a stream. */
export const finFlag = 0x01

/** Why a stream is reset (section 2.6.3). */
export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5 } as const

export type SpdyFrame =
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'data'; readonly stream: number; readonly flags: number; readonly payload: Buffer }

const version = 3
const controlBit = 0x8000
const headLength = 8

/** Octets of one frame's payload; Kubernetes' clients send no more than 32 KiB at a time. */
export const frameLimit = 256 * 1024

/** What came is not SPDY/3.1, or more of it than we take. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError'
}

/** Cuts what a connection brings into frames. Keeps no more than one frame. */
export class FrameReader {
  readonly #head = Buffer.alloc(headLength)
  #headRead = 0
  #payload: Buffer | undefined
  #payloadRead = 0;

  /**
   * The frames that this piece completes. A SpdyError when one is too long or of another version; nothing more can be
   * read then. Each call's frames are to be read before the next call.
   */
  *read(piece: Buffer): Generator<SpdyFrame> {
    let at = 0
    for (;;) {
      if (this.#payload === undefined) {
        const copied = piece.copy(this.#head, this.#headRead, at)
        at += copied
        this.#headRead += copied
        if (this.#headRead < headLength) return
        const length = this.#head.readUIntBE(5, 3)
        if (length > frameLimit) throw new SpdyError(`a frame of ${String(length)} octets`)
        this.#payload = Buffer.allocUnsafe(length)
        this.#payloadRead = 0
      }
      const copied = piece.copy(this.#payload, this.#payloadRead, at)
      at += copied
      this.#payloadRead += copied
      if (this.#payloadRead < this.#payload.length) return
      const payload = this.#payload
      this.#payload = undefined
      this.#headRead = 0
      yield frameOf(this.#head, payload)
    }
  }
}

function frameOf(head: Buffer, payload: Buffer): SpdyFrame {
  const first = head.readUInt32BE(0)
  const flags = head.readUInt8(4)
  if (first < controlBit * 0x10000) return { kind: 'data', stream: first, flags, payload }
  const word = head.readUInt16BE(0)
  if (word !== (controlBit | version)) throw new SpdyError(`SPDY of version ${String(word & ~controlBit)}`)
  return { kind: 'control', type: head.readUInt16BE(2), flags, payload }
}

export function writeFrame(frame: SpdyFrame): Buffer {
  const { payload } = frame
  if (payload.length > 0xffffff) throw new RangeError('a frame has at most 2^24 - 1 octets')
  const octets = Buffer.allocUnsafe(headLength + payload.length)
  if (frame.kind === 'data') octets.writeUInt32BE(frame.stream, 0)
  else {
    octets.writeUInt16BE(controlBit | version, 0)
    octets.writeUInt16BE(frame.type, 2)
  }
  octets.writeUInt8(frame.flags, 4)
  octets.writeUIntBE(payload.length, 5, 3)
  payload.copy(octets, headLength)
  return octets
}
