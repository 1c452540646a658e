/**
 * Reading a large snapshot and predicting many flows keep the processor for seconds. In between they give way: to Ctrl-C,
 * to a page that asks something else. A step is a stack, a file or a prediction: of ordinary size it takes well below a second.
 */

/** Milliseconds without giving way. */
const interval = 50

export class Breath {
  readonly #signal: AbortSignal | undefined
  #last = performance.now()

  /** Who aborts the signal ends the work at the next breath, which rejects with the signal's reason. */
  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  get isDue(): boolean {
    return performance.now() - this.#last >= interval
  }

  async take(): Promise<void> {
    await new Promise((done) => setImmediate(done))
    this.#last = performance.now()
    this.#signal?.throwIfAborted()
  }
}

/** Work that stops after every step, and may be left there. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Goes through to the end without a breath. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

export async function inBreaths<T>(steps: Steps<T>, breath: Breath): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (breath.isDue) await breath.take()
  }
}
