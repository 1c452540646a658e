import type { StackId } from '../../model/stack/stack-id.ts'
import { writeInterface, writePacket, writeSection, writeStatistics } from './pcapng-writer.ts'
import { capturePointName } from './run-capture.ts'

/** A frame to be written, with octets of its own. */
export interface FrameToWrite {
  readonly stack: StackId
  readonly interface: string
  readonly linkType: number
  readonly snapLength: number
  /** Nanoseconds since the epoch by the clock of its stack. */
  readonly time: bigint
  readonly direction: 'in' | 'out' | 'unknown'
  readonly octets: Uint8Array
  readonly originalLength: number
  readonly comment: string | null
}

interface KnownInterface {
  readonly number: number
  readonly stack: StackId
  frames: number
  lastTime: bigint
}

/**
 * A pcapng file that is written while packets come: every block is whole, so what stands there can be opened at any
 * moment. Each interface of each stack is one of the file's, described when its first frame comes.
 */
export class CaptureFile {
  readonly #write: (octets: Uint8Array) => void
  readonly #describe: (stack: StackId) => string
  readonly #interfaces = new Map<string, KnownInterface>()
  #blocks: Uint8Array[] = []
  #ended = false

  /**
   * @param write takes octets that belong at the end of the file
   * @param describe what is said of a stack beside its name: where it is, whose clock its times are from
   */
  constructor(
    write: (octets: Uint8Array) => void,
    describe: (stack: StackId) => string,
    application: string,
  ) {
    this.#write = write
    this.#describe = describe
    write(writeSection(application))
  }

  /** Adds a frame; it is in the file after the next `flush`. */
  add(frame: FrameToWrite): void {
    // Two link types of one interface are two interfaces of the file.
    const key = `${frame.linkType} ${frame.snapLength} ${frame.stack} ${frame.interface}`
    let known = this.#interfaces.get(key)
    if (!known) {
      known = { number: this.#interfaces.size, stack: frame.stack, frames: 0, lastTime: frame.time }
      this.#interfaces.set(key, known)
      this.#blocks.push(
        writeInterface({
          name: capturePointName(frame.stack, frame.interface),
          description: this.#describe(frame.stack),
          linkType: frame.linkType,
          snapLength: frame.snapLength,
        }),
      )
    }
    known.frames++
    known.lastTime = frame.time
    this.#blocks.push(
      writePacket({
        interface: known.number,
        time: frame.time,
        octets: frame.octets,
        originalLength: frame.originalLength,
        direction: frame.direction,
        comments: frame.comment === null ? [] : [frame.comment],
      }),
    )
  }

  /** Writes what was added. Throws what `write` throws. */
  flush(): void {
    const blocks = this.#blocks
    if (blocks.length === 0) return
    this.#blocks = []
    this.#write(Buffer.concat(blocks))
  }

  /**
   * Writes what was added, and what is known of each interface at the end.
   * @param droppedIn packets that the kernel dropped in a stack; null where nobody said. They are told of at the
   * first of its interfaces: tcpdump counts them for all at once.
   */
  end(droppedIn: (stack: StackId) => number | null): void {
    if (this.#ended) return
    this.#ended = true
    const told = new Set<StackId>()
    for (const { number, stack, frames, lastTime } of this.#interfaces.values()) {
      const dropped = told.has(stack) ? null : droppedIn(stack)
      told.add(stack)
      this.#blocks.push(writeStatistics({ interface: number, time: lastTime, received: frames, dropped }))
    }
    this.flush()
  }
}
