import { isJsonObject, type Json } from '../objects/meta.ts'

/** In characters. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** Characters that may wait for the end of an object. */
const waitingLimit = 200

/** Reads `{"Width":80,"Height":24}`, one after the other, however they are cut. What is not a size is passed over. */
export class SizeReader {
  #waiting = ''

  read(piece: Buffer): readonly TerminalSize[] {
    const parts = (this.#waiting + piece.toString('latin1')).split('}')
    // The last part has no end yet.
    this.#waiting = (parts.pop() ?? '').slice(0, waitingLimit)
    return parts.flatMap((part) => {
      const size = part.length > waitingLimit ? undefined : parseSize(`${part}}`)
      return size === undefined ? [] : [size]
    })
  }
}

function parseSize(text: string): TerminalSize | undefined {
  let read: Json
  try {
    read = JSON.parse(text) as Json
  } catch {
    return undefined
  }
  if (!isJsonObject(read)) return undefined
  const valid = (value: Json | undefined): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
  const { Width: columns, Height: rows } = read
  return valid(columns) && valid(rows) ? { columns, rows } : undefined
}

/** Milliseconds between two sizes that are passed on: a window that is drawn larger tells of every step. */
const pause = 50

/** The sizes that a client tells of its terminal: the last one counts. */
export class TerminalSizes {
  #fresh: TerminalSize | undefined
  #take: ((size: TerminalSize) => void) | undefined
  #first: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  tell(size: TerminalSize): void {
    this.#fresh = size
    this.#first?.()
    this.#passOn()
  }

  /** The size that was told already or is within that many milliseconds. It is not passed on again. */
  async first(patience: number): Promise<TerminalSize | undefined> {
    if (this.#fresh === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience)
        this.#first = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#first = undefined
    }
    const size = this.#fresh
    this.#fresh = undefined
    return size
  }

  /** Passes sizes on, at once and then as fast as a terminal should change. */
  watch(take: (size: TerminalSize) => void): void {
    this.#take = take
    this.#passOn()
  }

  /** Passes nothing on any more. */
  end(): void {
    this.#take = undefined
    clearTimeout(this.#timer)
    this.#first?.()
  }

  #passOn(): void {
    if (this.#take === undefined || this.#fresh === undefined || this.#timer !== undefined) return
    const size = this.#fresh
    this.#fresh = undefined
    this.#take(size)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#passOn()
    }, pause)
  }
}
