import { markOf } from './remote-command.ts'

/** A process on the other machine, as our lifeline there ends it. */
export interface RemoteProcess {
  readonly pid: string
  /** What to signal: the process, or its group with a minus before it. */
  readonly target: string
  /** Its start time, in the other kernel's own units. */
  readonly born: string
}

/** What our own lines in a stream say. */
export type Mark =
  | { readonly kind: 'output' }
  | { readonly kind: 'began'; readonly process: RemoteProcess }
  | { readonly kind: 'missing' }
  | { readonly kind: 'ended'; readonly status: number }

export interface MarkedStreamEvents {
  readonly onMark: (mark: Mark) => void
  /** Octets of the command's own. */
  readonly onData: (octets: Buffer) => void
}

/** Octets before the first mark that are kept, for the message when there is none. */
const mostPreamble = 16 * 1024
/** Octets of one of our lines; longer is none of them. */
const mostLine = 200

/**
 * Takes our lines out of a stream and everything before the first of them. A mark may come in any pieces, and
 * behind a line that the command did not end.
 */
export class MarkedStream {
  readonly #mark: Buffer
  readonly #events: MarkedStreamEvents
  #held: Buffer = Buffer.alloc(0)
  #preamble = ''
  #begun = false
  #over = false

  constructor(nonce: string, events: MarkedStreamEvents) {
    this.#mark = Buffer.from(markOf(nonce), 'latin1')
    this.#events = events
  }

  /** What came before the first mark; everything, when there was none. */
  get preamble(): string {
    return this.#begun ? this.#preamble : this.#preamble + this.#held.toString('utf8')
  }

  write(chunk: Buffer): void {
    if (this.#over) return
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (;;) {
      const at = rest.indexOf(this.#mark)
      const end = at < 0 ? -1 : rest.indexOf(0x0a, at)
      if (at >= 0 && end < 0 && rest.length - at <= mostLine) {
        this.#pass(rest.subarray(0, at))
        this.#held = rest.subarray(at)
        return
      }
      const mark = end < 0 ? undefined : readMark(rest.toString('latin1', at + this.#mark.length, end))
      if (mark === undefined) {
        const kept = at < 0 ? beginningOf(this.#mark, rest) : 0
        this.#pass(rest.subarray(0, rest.length - kept))
        this.#held = rest.subarray(rest.length - kept)
        return
      }
      this.#pass(rest.subarray(0, at))
      this.#begun = true
      rest = rest.subarray(end + 1)
      this.#events.onMark(mark)
      if (mark.kind === 'ended' || mark.kind === 'missing') {
        // What follows is said by those who carried the command: ssh, sudo.
        this.#over = true
        this.#held = Buffer.alloc(0)
        return
      }
    }
  }

  /** The stream's end: what was held back for a mark that did not come is the command's. */
  end(): void {
    if (!this.#begun) return
    this.#pass(this.#held)
    this.#held = Buffer.alloc(0)
  }

  #pass(octets: Buffer): void {
    if (octets.length === 0) return
    if (this.#begun) this.#events.onData(octets)
    else if (this.#preamble.length < mostPreamble) this.#preamble += octets.toString('utf8')
  }
}

/** How many octets at the end may be the beginning of a mark. */
function beginningOf(mark: Buffer, octets: Buffer): number {
  for (let length = Math.min(mark.length - 1, octets.length); length > 0; length--)
    if (octets.subarray(octets.length - length).equals(mark.subarray(0, length))) return length
  return 0
}

function readMark(text: string): Mark | undefined {
  if (text === 'output') return { kind: 'output' }
  if (text === 'missing') return { kind: 'missing' }
  const ended = /^ended (\d{1,3})$/.exec(text)
  if (ended) return { kind: 'ended', status: Number(ended[1]) }
  const began = /^began (\d+) (-?\d+) (\d+)$/.exec(text)
  if (!began) return undefined
  const [, pid = '', target = '', born = ''] = began
  return { kind: 'began', process: { pid, target, born } }
}
