import * as z from 'zod/mini'
import { languages } from '../../i18n/language.ts'
import { packetView } from './run.ts'

const typed = z.string().check(z.minLength(1), z.maxLength(600))

export const probeProtocols = ['icmp', 'tcp', 'udp', 'http', 'dns'] as const

/** POST /api/traces */
export const traceRequest = z.object({
  from: typed,
  to: typed,
  protocol: z.enum(probeProtocols),
  port: z.exactOptional(z.int().check(z.minimum(1), z.maximum(65_535))),
  count: z.int().check(z.minimum(1), z.maximum(100)),
  /** False: only predict. A recorded snapshot can do no more. */
  send: z.boolean(),
  language: z.enum(languages),
})
export type TraceRequest = z.infer<typeof traceRequest>

export const traceStarted = z.object({ id: z.string() })
export type TraceStarted = z.infer<typeof traceStarted>

/** GET /api/traces/ID/events: Server-Sent Events, each one of these as JSON. The last is one of the last three. */
export const traceEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), text: z.string() }),
  z.object({ kind: z.literal('warning'), text: z.string() }),
  /** A packet of the probe, or of its answer, was captured here. */
  z.object({
    kind: z.literal('hop'),
    probe: z.number(),
    direction: z.enum(['forward', 'reply']),
    stack: z.string(),
    interface: z.string(),
    way: z.enum(['in', 'out', 'unknown']),
    packet: packetView,
    /** Nanoseconds since the probe was first seen; null where the clocks differ. */
    after: z.nullable(z.number()),
  }),
  z.object({ kind: z.literal('done'), run: z.string() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('cancelled') }),
])
export type TraceEvent = z.infer<typeof traceEvent>
