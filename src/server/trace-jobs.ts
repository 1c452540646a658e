import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { TraceEvent } from './contract/trace.ts'
import type { Ongoing } from './ongoing.ts'

/** Traces at one time: each captures on its own, and they share a cluster. */
const mostRunning = 3
/** Ended traces whose events can still be read, by a page that was closed meanwhile. */
const mostEnded = 20
/** Events of one trace; a flood of packets adds no more. */
const mostEvents = 5_000

/** One trace that was asked for: what has happened so far, and whoever listens. */
export interface TraceJob {
  readonly id: string
  readonly events: readonly TraceEvent[]
  /** Called whenever there are more events. */
  listen(listener: () => void): () => void
  cancel(): void
}

export const hasEnded = (job: TraceJob): boolean => isLast(job.events.at(-1))

const isLast = (event: TraceEvent | undefined): boolean =>
  event?.kind === 'done' || event?.kind === 'failed' || event?.kind === 'cancelled'

/** The traces of this server. They end with it. */
export class TraceJobs {
  readonly #jobs = new Map<string, TraceJob>()
  readonly #signal: AbortSignal
  readonly #ongoing: Ongoing

  constructor(signal: AbortSignal, ongoing: Ongoing) {
    this.#signal = signal
    this.#ongoing = ongoing
  }

  get(id: string): TraceJob | undefined {
    return this.#jobs.get(id)
  }

  /** Null: too many run already. */
  start(work: (tell: (event: TraceEvent) => void, signal: AbortSignal) => Promise<string>): TraceJob | null {
    const jobs = [...this.#jobs.values()]
    if (jobs.filter((job) => !hasEnded(job)).length >= mostRunning) return null
    for (const old of jobs.filter(hasEnded).slice(0, -mostEnded)) this.#jobs.delete(old.id)
    const events: TraceEvent[] = []
    const listeners = new Set<() => void>()
    const own = new AbortController()
    const signal = AbortSignal.any([own.signal, this.#signal])
    // Every exec and capture of the trace listens to it.
    setMaxListeners(0, signal)
    const tell = (event: TraceEvent): void => {
      if (isLast(events.at(-1)) || (events.length >= mostEvents && !isLast(event))) return
      events.push(event)
      for (const listener of listeners) listener()
    }
    const job: TraceJob = {
      id: randomUUID(),
      events,
      listen(listener) {
        listeners.add(listener)
        return () => {
          listeners.delete(listener)
        }
      },
      cancel() {
        own.abort(new Error('cancelled'))
      },
    }
    this.#jobs.set(job.id, job)
    void this.#ongoing.add(work(tell, signal)).then(
      (run) => {
        tell({ kind: 'done', run })
      },
      (error: unknown) => {
        tell(signal.aborted ? { kind: 'cancelled' } : failure(error))
      },
    )
    return job
  }
}

function failure(error: unknown): TraceEvent {
  if (!(error instanceof Error)) return { kind: 'failed', code: 'failed', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
  return { kind: 'failed', code, message: error.message.split('\n')[0] ?? '' }
}
