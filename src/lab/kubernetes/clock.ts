/** Time as the control plane sees it. Tests hand in their own. */
export interface Clock {
  /** Milliseconds since 1970-01-01. */
  now(): number
  /** Calls back once after so many milliseconds; the function returned takes the appointment back. */
  after(milliseconds: number, callback: () => void): () => void
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  },
}

/** `2026-11-22T23:55:51Z`: metav1.Time, whole seconds. */
export const timestamp = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

/** `2026-11-22T23:55:51.123000Z`: metav1.MicroTime. */
export const microTimestamp = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`
