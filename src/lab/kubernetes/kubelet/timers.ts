import type { Clock } from '../clock.ts'

/** The waits of one pod, which end together. */
export class Timers {
  readonly #clock: Clock
  readonly #stops = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after so many milliseconds, or when all waits are cut short. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(milliseconds, () => {
        this.#stops.delete(stop)
        resolve()
      })
      const stop = (): void => {
        cancel()
        resolve()
      }
      this.#stops.add(stop)
    })
  }

  /** Calls back after so many milliseconds, unless all waits are cut short before. */
  after(milliseconds: number, call: () => void): void {
    const stop = this.#clock.after(milliseconds, () => {
      this.#stops.delete(stop)
      call()
    })
    this.#stops.add(stop)
  }

  /** What goes on until `done` or until all waits are cut short. */
  until(done: Promise<unknown>, stop: () => void): void {
    this.#stops.add(stop)
    void done.then(() => {
      stop()
      this.#stops.delete(stop)
    })
  }

  cutShort(): void {
    for (const stop of [...this.#stops]) stop()
    this.#stops.clear()
  }
}
