import { StringDecoder } from 'node:string_decoder'

export interface LogLine {
  /** Milliseconds since 1970-01-01. */
  readonly time: number
  /** With its newline, when it had one. */
  readonly text: string
}

/** Characters kept of each container; a real kubelet rotates at 10 MiB, a lab has many pods in one process. */
const limit = 1024 * 1024

/** A line that never ends is cut here, as the container runtime does. */
const lineLimit = 16 * 1024

/** What a container has printed, oldest first, bounded: the oldest lines go first. */
export class ContainerLog {
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #partial = { stdout: '', stderr: '' }
  readonly #followers = new Set<{ line: (line: LogLine) => void; end: () => void }>()
  #lines: LogLine[] = []
  #size = 0
  #ended = false

  /** Takes what a stream has printed at a time. */
  append(stream: 'stdout' | 'stderr', chunk: Buffer, time: number): void {
    const text = this.#partial[stream] + this.#decoders[stream].write(chunk)
    const parts = text.split('\n')
    const rest = parts.pop() ?? ''
    for (const part of parts) this.#push({ time, text: `${part}\n` })
    if (rest.length > lineLimit) this.#push({ time, text: rest })
    this.#partial[stream] = rest.length > lineLimit ? '' : rest
  }

  /** The container has ended: what was left without a newline becomes a line, and followers are told. */
  end(time: number): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream] !== '') this.#push({ time, text: this.#partial[stream] })
      this.#partial[stream] = ''
    }
    this.#ended = true
    for (const follower of this.#followers) follower.end()
    this.#followers.clear()
  }

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  /** Calls with every new line until the container ends, then `end` once; at once when it has ended already. */
  follow(line: (line: LogLine) => void, end: () => void): () => void {
    if (this.#ended) {
      end()
      return () => undefined
    }
    const follower = { line, end }
    this.#followers.add(follower)
    return () => {
      this.#followers.delete(follower)
    }
  }

  #push(line: LogLine): void {
    this.#lines.push(line)
    this.#size += line.text.length
    if (this.#size > limit) {
      let dropped = 0
      while (this.#size > limit * 0.75 && dropped < this.#lines.length - 1) {
        this.#size -= this.#lines[dropped]?.text.length ?? 0
        dropped++
      }
      this.#lines = this.#lines.slice(dropped)
    }
    for (const follower of this.#followers) follower.line(line)
  }
}
