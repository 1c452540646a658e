import { z } from 'zod/mini'
import { cleanAll } from '../../src/edge/clean.ts'
import {
  traceEvent,
  traceStarted,
  type TraceEvent,
  type TraceRequest,
} from '../../src/server/contract/trace.ts'
import { ClientError, type RunningTrace } from './client.ts'
import { ask, json, longestText, request } from './http.ts'

/** Starts a trace and hears its events (HTML, server-sent events): after a break the browser asks for what it missed. */
export function followTrace(wanted: TraceRequest, tell: (event: TraceEvent) => void): RunningTrace {
  let id: string | null = null
  let source: EventSource | null = null
  let left = false
  let cancelled = false
  const cancel = (): void => {
    cancelled = true
    if (id !== null) request(`/api/traces/${id}`, { method: 'DELETE' }).catch(() => undefined)
  }
  const listen = (started: string): void => {
    id = started
    if (cancelled) cancel()
    if (left) return
    source = new EventSource(`/api/traces/${started}/events`)
    source.addEventListener('message', (message: MessageEvent<string>) => {
      const read = z.safeParse(traceEvent, cleanAll(parsed(message.data), longestText))
      if (!read.success) return
      if (read.data.kind === 'done' || read.data.kind === 'failed' || read.data.kind === 'cancelled')
        source?.close()
      tell(read.data)
    })
    source.addEventListener('error', () => {
      // CONNECTING: the browser tries again by itself.
      if (source?.readyState === EventSource.CLOSED)
        tell({
          kind: 'failed',
          code: 'server-gone',
          message: 'podpath ui does not answer: it may have been ended',
        })
    })
  }
  ask(traceStarted, '/api/traces', json(wanted)).then(
    ({ id: started }) => {
      listen(started)
    },
    (error: unknown) => {
      const code = error instanceof ClientError ? error.code : 'failed'
      tell({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) })
    },
  )
  return {
    cancel,
    leave() {
      left = true
      source?.close()
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
