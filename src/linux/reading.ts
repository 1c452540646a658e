/** What could be read, and what could not: one sentence for each, bounded, so that hostile input cannot flood a report. */
export interface Reading<T> {
  readonly value: readonly T[]
  readonly problems: readonly string[]
}

/** More problems than a person will read; the last one says how many more there were. */
const mostProblems = 20

export class Problems {
  readonly #kept: string[] = []
  #dropped = 0

  add(problem: string): void {
    if (this.#kept.length < mostProblems) this.#kept.push(problem)
    else this.#dropped++
  }

  list(): readonly string[] {
    return this.#dropped === 0 ? this.#kept : [...this.#kept, `and ${this.#dropped} more`]
  }
}

/** Enough of a line to find it again. */
export const excerpt = (text: string): string =>
  JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text)

const control = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/** Without control characters: what was read ends up on terminals. */
export const clean = (text: string): string => (control.test(text) ? text.replace(control, '') : text)

/** The lines of a text output, without control characters; carriage returns of mixed-up files included. */
export const linesOf = (text: string): string[] => clean(text).split('\n')
