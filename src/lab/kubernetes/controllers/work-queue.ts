/** Runs a controller's work for each key once, however often the key was asked for meanwhile. */
export interface WorkQueue {
  add(key: string): void
  stop(): void
}

/**
 * A queue whose work runs in the next turn of the event loop, first asked first done. A mistake in one controller's
 * work is told to `failed` and stops nothing else.
 */
export function workQueue(work: (key: string) => void, failed: (error: unknown) => void): WorkQueue {
  const waiting = new Set<string>()
  let scheduled = false
  let stopped = false
  const drain = (): void => {
    scheduled = false
    const keys = [...waiting]
    waiting.clear()
    for (const key of keys) {
      if (stopped) return
      try {
        work(key)
      } catch (error) {
        failed(error)
      }
    }
  }
  return {
    add(key) {
      waiting.add(key)
      if (scheduled || stopped) return
      scheduled = true
      setImmediate(drain)
    },
    stop() {
      stopped = true
      waiting.clear()
    },
  }
}
