import type { CaptureProblem, VisitFrame } from './frame.ts'
import { pcapKind, pcapParser } from './pcap.ts'
import { blockType } from './pcapng-block.ts'
import { pcapngParser } from './pcapng.ts'
import type { RecordParser } from './record-parser.ts'

const emptyOctets = new Uint8Array(0)

/**
 * Reads one capture, pcap or pcapng, as its octets arrive: from a file, or from tcpdump's standard output.
 * Every octet is looked at once and copied at most once, whatever the size of the chunks. Memory is bounded by
 * the longest record that the format allows (16 MiB). Bad octets end the reading; they never throw.
 */
export class CaptureReader {
  #parser: RecordParser | null = null
  /** The beginning of a record whose end has not arrived. */
  #pending: Uint8Array = emptyOctets
  #have = 0
  /** Octets that must be pending before a look is worth it. */
  #need = 4
  #problem: CaptureProblem | null = null
  readonly #visit: VisitFrame

  /** @param visit is shown every frame; the frame holds during the call alone */
  constructor(visit: VisitFrame) {
    this.#visit = visit
  }

  /** Why nothing is read any more; null while all is well. */
  get problem(): CaptureProblem | null {
    return this.#problem
  }

  /** Reads what has arrived. The chunk is not kept. */
  write(chunk: Uint8Array): void {
    let at = 0
    while (this.#have > 0 && at < chunk.length && !this.#problem) {
      const take = Math.min(this.#need - this.#have, chunk.length - at)
      this.#append(chunk.subarray(at, at + take))
      at += take
      if (this.#have < this.#need) return
      const { buffer, byteOffset } = this.#pending
      const view = new DataView(buffer, byteOffset, this.#have)
      const used = this.#read(this.#pending.subarray(0, this.#have), view)
      // Never more than what one record needs is pending, so it is used whole or not at all.
      if (used > 0) this.#have = 0
    }
    if (this.#problem || at >= chunk.length) return
    const rest = at === 0 ? chunk : chunk.subarray(at)
    const used = this.#read(rest, new DataView(rest.buffer, rest.byteOffset, rest.byteLength))
    if (this.#problem) return
    this.#append(rest.subarray(used))
  }

  /** No more octets will come. A capture that ends within a record is `truncated`; what came before was whole. */
  end(): CaptureProblem | null {
    if (!this.#problem && (this.#have > 0 || !this.#parser))
      this.#problem = this.#parser
        ? { code: 'truncated', message: `the capture ends ${this.#have} octets into a record` }
        : { code: 'not-a-capture', message: `${this.#have} octets are no capture` }
    return this.#problem
  }

  /** Reads records from the octets until one is not whole; returns how many octets were used. */
  #read(octets: Uint8Array, view: DataView): number {
    let at = 0
    this.#need = 4
    while (at < octets.length) {
      if (!this.#parser) {
        if (octets.length - at < 4) break
        this.#parser = parserFor(view, at)
        if (!this.#parser) {
          this.#problem = {
            code: 'not-a-capture',
            message: 'the first four octets are neither pcap nor pcapng',
          }
          break
        }
      }
      const step = this.#parser.step(octets, view, at, octets.length, this.#visit)
      if (typeof step !== 'number') {
        this.#problem = step
        break
      }
      if (step < 0) {
        this.#need = -step
        break
      }
      at += step
    }
    if (this.#problem) {
      this.#pending = emptyOctets
      this.#have = 0
    }
    return at
  }

  #append(octets: Uint8Array): void {
    const size = this.#have + octets.length
    if (size > this.#pending.length) {
      const grown = new Uint8Array(Math.max(size, this.#pending.length * 2, 4096))
      grown.set(this.#pending.subarray(0, this.#have))
      this.#pending = grown
    }
    this.#pending.set(octets, this.#have)
    this.#have = size
  }
}

function parserFor(view: DataView, at: number): RecordParser | null {
  if (view.getUint32(at, true) === blockType.section) return pcapngParser()
  const kind = pcapKind(view, at)
  return kind ? pcapParser(kind) : null
}
