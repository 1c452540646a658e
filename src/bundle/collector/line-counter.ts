import { BundleError } from '../bundle.ts'
import type { WantedFile } from './wanted-files.ts'

/** Collects one file as it comes, and refuses what is too long before it is in memory. */
export class LineCounter {
  readonly #file: string
  readonly #wanted: WantedFile
  readonly #chunks: Buffer[] = []
  #octets = 0
  #line = 1
  #lineStart = 0

  constructor(file: string, wanted: WantedFile) {
    this.#file = file
    this.#wanted = wanted
  }

  add(chunk: Buffer): void {
    const { octets, lineLength } = this.#wanted
    if (lineLength !== null) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
        this.#refuseLongLine(this.#octets + at, lineLength)
        this.#line++
        this.#lineStart = this.#octets + at + 1
      }
      this.#refuseLongLine(this.#octets + chunk.length, lineLength)
    }
    this.#octets += chunk.length
    if (this.#octets > octets)
      throw new BundleError(
        'too-large',
        this.#file,
        `line ${this.#line}: here it has more than ${octets} octets, which is more than can be read`,
      )
    this.#chunks.push(chunk)
  }

  #refuseLongLine(end: number, most: number): void {
    if (end - this.#lineStart > most)
      throw new BundleError('bad-file', this.#file, `line ${this.#line}: longer than ${most} octets`)
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}
