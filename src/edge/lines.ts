/** A line of a stream, or that there was one that is longer than lines may be: what it held is gone. */
export type CutLine = { readonly text: string } | { readonly tooLong: true }

/** Cuts a text that arrives in pieces into its lines. A line is never held beyond its limit, and every character is looked at once. */
export class LineCutter {
  readonly #most: number
  #held: string[] = []
  #length = 0

  /** @param most UTF-16 units of one line, its end not counted */
  constructor(most: number) {
    this.#most = most
  }

  /** The lines that this piece completes, without `\n`. */
  cut(piece: string): readonly CutLine[] {
    const lines: CutLine[] = []
    let from = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      this.#hold(piece.slice(from, end))
      lines.push(this.#take())
      from = end + 1
    }
    this.#hold(piece.slice(from))
    return lines
  }

  /** Whether the line that has begun is too long already; whoever cannot go on without it need not wait for its end. */
  get tooLong(): boolean {
    return this.#length > this.#most
  }

  /** What stands behind the last end of a line; none when nothing does. */
  end(): readonly CutLine[] {
    return this.#length === 0 ? [] : [this.#take()]
  }

  #hold(part: string): void {
    this.#length += part.length
    if (this.#length > this.#most) this.#held = []
    else if (part !== '') this.#held.push(part)
  }

  #take(): CutLine {
    const line: CutLine = this.tooLong ? { tooLong: true } : { text: this.#held.join('') }
    this.#held = []
    this.#length = 0
    return line
  }
}
