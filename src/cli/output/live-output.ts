import type { Io } from '../process/io.ts'

/** Lines that wait for whoever reads them; more are counted and not shown. */
const mostWaiting = 20_000

/**
 * Lines for somebody who may read more slowly than they come. Nothing waits for the reader: what there is no room for is
 * left out, and a line says how much.
 */
export class LiveOutput {
  readonly #io: Io
  readonly #skippedText: (lines: number) => string
  readonly #makeRoom: () => void
  #waiting: string[] = []
  #skipped = 0
  #writing = false
  #idle: () => void = () => undefined
  #gone = false

  /**
   * @param skippedText the line that stands for so many that were left out
   * @param makeRoom called before lines are written: a line of progress may stand where they begin
   */
  constructor(io: Io, skippedText: (lines: number) => string, makeRoom: () => void = () => undefined) {
    this.#io = io
    this.#skippedText = skippedText
    this.#makeRoom = makeRoom
  }

  /** `make` is called only if there is room for its line. */
  line(make: () => string): void {
    if (this.#gone) return
    if (this.#waiting.length >= mostWaiting) {
      this.#skipped++
      return
    }
    if (this.#skipped > 0) this.#waiting.push(this.#reportSkipped())
    this.#waiting.push(make())
    if (!this.#writing) void this.#write()
  }

  /** Resolves when all was read, or after so many milliseconds: a reader that has stopped reading holds nobody up. */
  async end(patience = 3_000): Promise<void> {
    if (this.#skipped > 0) this.#waiting.push(this.#reportSkipped())
    if (!this.#writing) void this.#write()
    if (!this.#writing) return
    await Promise.race([
      new Promise<void>((resolve) => (this.#idle = resolve)),
      new Promise<void>((resolve) => setTimeout(resolve, patience).unref()),
    ])
  }

  #reportSkipped(): string {
    const text = this.#skippedText(this.#skipped)
    this.#skipped = 0
    return text
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0 && !this.#gone) {
      const lines = this.#waiting
      this.#waiting = []
      try {
        this.#makeRoom()
        await this.#io.paintedPatiently(`${lines.join('\n')}\n`)
      } catch {
        // The reader is gone (`| head`): there is nobody to tell.
        this.#gone = true
      }
    }
    this.#writing = false
    this.#idle()
  }
}
