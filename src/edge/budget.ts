/** Somebody outside sent more than is read; the message is one clause that names what it was and the limit. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch'
}

/** What is counted while something from outside is read, in the words of the message. */
export type Unit =
  'pages' | 'objects' | 'files' | 'octets' | 'octets as values' | 'packets' | 'outputs' | 'stacks' | 'seconds'

/** How much of each may come. */
export type Limits = Readonly<Partial<Record<Unit, number>>>

/**
 * Bounds what one source may make us read, hold or wait for. Whoever reads spends from it before keeping anything, so nothing from
 * outside goes on for ever and nothing grows without end.
 */
export class Budget {
  readonly #what: string
  readonly #most: Limits
  readonly #spent: Partial<Record<Unit, number>> = {}

  /** @param what as the beginning of a sentence: `the list of pods` */
  constructor(what: string, most: Limits) {
    this.#what = what
    this.#most = most
  }

  /** Throws TooMuch when it is more than there was left; a unit without a limit costs nothing. */
  spend(unit: Unit, amount: number): void {
    const most = this.#most[unit]
    if (most === undefined) return
    const spent = (this.#spent[unit] ?? 0) + amount
    this.#spent[unit] = spent
    if (spent > most) throw new TooMuch(tooMuch(this.#what, unit, most))
  }

  /** Takes back what was spent on something that is not held any more. */
  giveBack(unit: Unit, amount: number): void {
    this.#spent[unit] = Math.max(0, (this.#spent[unit] ?? 0) - amount)
  }
}

/** `the list of pods has more than 1,000 pages, which is more than podpath reads` */
export const tooMuch = (what: string, unit: Unit, most: number): string =>
  unit === 'seconds'
    ? `${what} takes more than ${most} seconds, which is longer than podpath waits`
    : `${what} has more than ${count(unit, most)}, which is more than podpath reads`

const mebibyte = 1024 * 1024

const count = (unit: Unit, most: number): string =>
  unit.startsWith('octets') && most % mebibyte === 0
    ? `${(most / mebibyte).toLocaleString('en')} MiB${unit.slice('octets'.length)}`
    : `${most.toLocaleString('en')} ${unit}`
