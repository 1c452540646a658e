import type { TraceEvent } from '../../../src/server/contract/trace.ts'

type HopEvent = Extract<TraceEvent, { readonly kind: 'hop' }>

/** What a page knows of a trace that it started. */
export interface LiveTrace {
  readonly state: 'idle' | 'running' | 'done' | 'failed' | 'cancelled'
  /** What is being done, the last line last. */
  readonly progress: readonly string[]
  readonly warnings: readonly string[]
  /** Where the first probe was seen, in order. */
  readonly hops: readonly HopEvent[]
  readonly failure: string | null
}

export const noTrace: LiveTrace = { state: 'idle', progress: [], warnings: [], hops: [], failure: null }

/** Hops that are shown while it runs; of many probes the first says enough. */
const mostHops = 40

export function withEvent(live: LiveTrace, event: TraceEvent): LiveTrace {
  switch (event.kind) {
    case 'progress':
      return { ...live, progress: [...live.progress, event.text] }
    case 'warning':
      return { ...live, warnings: [...live.warnings, event.text].slice(-20) }
    case 'hop':
      return event.probe !== 1 || live.hops.length >= mostHops
        ? live
        : { ...live, hops: [...live.hops, event] }
    case 'done':
      return { ...live, state: 'done' }
    case 'cancelled':
      return { ...live, state: 'cancelled' }
    case 'failed':
      return { ...live, state: 'failed', failure: event.message }
  }
}
