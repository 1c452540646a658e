/** How podpath hears that somebody wants it to end: by Ctrl-C, by the terminal's end, by `kill`. */
export interface Signals {
  /** Aborted by the first of them: whatever was made is cleared away before podpath ends. */
  readonly signal: AbortSignal
  /**
   * Runs what makes nothing that has to be cleared away. Meanwhile such a signal ends podpath as it ends any program, also while
   * it parses or computes and would not hear of it for seconds; a shell's status for Ctrl-C is 130 then as well.
   */
  readonly nothingToClear: <T>(body: () => Promise<T>) => Promise<T>
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** After what the loop is at; from one to the next it has looked for signals. */
const laterInTurn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Listens to the signals of this process; `heard` is told of each, and aborts `signal`. */
export function listenToSignals(signal: AbortSignal, heard: () => void): Signals {
  const listen = (): void => {
    for (const name of names) process.on(name, heard)
  }
  listen()
  return {
    signal,
    async nothingToClear(body) {
      // One that has come while podpath was starting is told in the next whole turn of the loop, and to nobody without a listener.
      await laterInTurn()
      await laterInTurn()
      signal.throwIfAborted()
      // Without a listener a signal does what the kernel has it do (signal(7)).
      for (const name of names) process.off(name, heard)
      try {
        return await body()
      } finally {
        listen()
      }
    },
  }
}
