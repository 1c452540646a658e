import type { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { traceRequest, type TraceStarted } from '../contract/trace.ts'
import type { Desk } from '../desk.ts'
import { readBody } from '../read-body.ts'
import { refusal } from '../refusal.ts'
import { runTrace } from '../run-traces.ts'
import { hasEnded, type TraceJob } from '../trace-jobs.ts'

export function addTraceRoutes(api: Hono, desk: Desk): void {
  api.post('/traces', async (context) => {
    const body = await readBody(context, traceRequest)
    if ('refused' in body) return body.refused
    const job = desk.jobs.start((tell, signal) => runTrace(desk.source, desk.shelf, body.value, tell, signal))
    return job
      ? context.json<TraceStarted>({ id: job.id }, 202)
      : refusal(context, 429, 'busy', 'three traces are running: wait for one, or cancel it')
  })

  api.get('/traces/:id/events', (context) => {
    const job = desk.jobs.get(context.req.param('id'))
    if (!job) return refusal(context, 404, 'not-found', 'there is no such trace')
    // A page that lost the connection asks for what it missed (HTML, server-sent events).
    const last = Number(context.req.header('last-event-id') ?? -1)
    let next = Number.isInteger(last) ? Math.max(0, last + 1) : 0
    return streamSSE(context, async (stream) => {
      const more = waker()
      const silence = job.listen(more.wake)
      stream.onAbort(more.wake)
      try {
        while (!stream.aborted) {
          const event = job.events[next]
          // More may have come while the one before was written: only who has sent all looks for the end.
          if (event) await stream.writeSSE({ id: String(next++), data: JSON.stringify(event) })
          else if (hasEnded(job)) return
          else await more.wait(() => job.events.length > next || stream.aborted)
        }
      } finally {
        silence()
      }
    })
  })

  api.delete('/traces/:id', (context) => {
    const job: TraceJob | undefined = desk.jobs.get(context.req.param('id'))
    if (!job) return refusal(context, 404, 'not-found', 'there is no such trace')
    job.cancel()
    return context.body(null, 204)
  })
}

/** Sleeps until somebody wakes it. */
function waker() {
  let resolve: (() => void) | null = null
  return {
    wake: (): void => resolve?.(),
    wait: (ready: () => boolean): Promise<void> =>
      new Promise((done) => {
        resolve = done
        if (ready()) done()
      }),
  }
}
