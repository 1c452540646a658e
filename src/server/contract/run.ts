import * as z from 'zod/mini'
import type { Mismatch } from '../../model/path/evaluated.ts'
import { stages } from '../../model/path/path.ts'
import type { RunResult } from '../../model/result/result.ts'

/** The result of a run, as `--output json` prints it: read from a file or sent to the page, it is checked first. */

const verdict = z.enum(['delivered', 'dropped', 'unknown'])
const overallVerdict = z.enum(['delivered', 'dropped', 'refused', 'unknown', 'disagrees'])
const number = z.exactOptional(z.number())
const text = z.exactOptional(z.string())

const packet = z.object({
  src: z.string(),
  dst: z.string(),
  protocol: z.string(),
  ttl: number,
  sourcePort: number,
  destinationPort: number,
  icmpType: number,
  icmpCode: number,
  icmpId: number,
  icmpSequence: number,
  tcpFlags: text,
  id: number,
  length: number,
  mark: number,
})
/** The header fields of one packet. */
export const packetView = packet

const hop = z.object({
  stack: z.string(),
  in: z.nullable(z.string()),
  out: z.nullable(z.string()),
  packetIn: z.nullable(packet),
  packetOut: z.nullable(packet),
  decisions: z.array(z.object({ stage: z.enum(stages), by: z.string(), effect: z.string() })),
  times: z.exactOptional(z.object({ in: z.nullable(z.number()), out: z.nullable(z.number()) })),
  evidence: z.exactOptional(z.enum(['captured', 'inferred', 'derived'])),
})

const path = z.object({
  verdict,
  replyVerdict: z.nullable(verdict),
  stoppedAt: z.nullable(z.string()),
  forward: z.array(hop),
  reply: z.array(hop),
})

const endpoint = z.object({
  kind: z.enum(['pod', 'node', 'service', 'address', 'host']),
  name: z.string(),
  address: z.string(),
  node: text,
})

const probe = z.object({
  protocol: z.enum(['icmp', 'tcp', 'udp', 'http', 'dns']),
  sent: z.number(),
  received: z.number(),
  rttMs: z.array(z.number()),
  replyTtl: z.exactOptional(z.array(z.number())),
  answer: text,
  error: text,
})

const evidence = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('line'), at: z.string(), source: z.string(), line: z.string() }),
  z.object({
    kind: z.literal('sighting'),
    at: z.string(),
    interface: z.string(),
    direction: z.enum(['in', 'out']),
    time: z.number(),
    packet: z.string(),
  }),
  z.object({
    kind: z.literal('missing'),
    at: z.string(),
    interface: z.nullable(z.string()),
    packet: z.string(),
  }),
  z.object({
    kind: z.literal('counter'),
    at: z.string(),
    line: z.string(),
    before: z.number(),
    after: z.number(),
  }),
  z.object({ kind: z.literal('note'), text: z.string() }),
])

/** What a line lacked: a code with its own facts, which the page does not read: it shows `because`. */
const mismatch = z.custom<Mismatch>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    'facts' in value &&
    typeof value.facts === 'object',
)

const whyNot = z.object({
  direction: z.enum(['forward', 'reply']),
  hop: z.number(),
  at: z.string(),
  stage: z.enum(stages),
  by: z.nullable(z.string()),
  instead: z.array(
    z.object({ place: z.string(), by: z.string(), lacks: z.array(mismatch), because: z.string() }),
  ),
})

const trace = z.object({
  from: endpoint,
  to: endpoint,
  startedAt: z.string(),
  probe: z.nullable(probe),
  predicted: z.nullable(path),
  alternatives: z.exactOptional(z.array(z.object({ probability: z.number(), predicted: path }))),
  alternativesLeftOut: z.exactOptional(z.object({ ways: z.number(), probability: z.number() })),
  whyNot: z.exactOptional(z.array(whyNot)),
  observed: z.nullable(path),
  translations: z.array(
    z.object({
      at: z.string(),
      kind: z.enum(['SNAT', 'DNAT']),
      from: z.string(),
      to: z.string(),
      by: z.string(),
    }),
  ),
  agrees: z.nullable(z.boolean()),
  kernel: z.exactOptional(
    z.object({
      drops: z.array(
        z.object({
          at: z.string(),
          function: z.string(),
          reason: z.nullable(z.string()),
          probes: z.number(),
          otherwise: z.number(),
        }),
      ),
      unheard: z.array(z.object({ at: z.string(), because: z.string() })),
    }),
  ),
})

const check = z.object({
  id: z.string(),
  statement: z.string(),
  state: z.enum(['passed', 'failed', 'unknown']),
  reason: z.string(),
  at: z.nullable(z.string()),
  evidence: z.array(evidence),
})

const severity = z.enum(['error', 'warning', 'info'])

export const runResult: z.ZodMiniType<RunResult> = z.object({
  version: z.literal(1),
  source: z.object({ kind: z.enum(['cluster', 'bundle']), name: z.string() }),
  verdict: overallVerdict,
  startedAt: z.string(),
  durationMs: z.number(),
  traces: z.array(trace),
  experiments: z.array(
    z.object({
      id: z.enum(['pod-to-pod', 'pod-to-internet', 'pod-to-service', 'public-address']),
      title: z.string(),
      traces: z.array(z.number()),
      checks: z.array(check),
    }),
  ),
  findings: z.array(
    z.object({
      code: z.string(),
      severity,
      at: z.string(),
      by: z.nullable(z.string()),
      message: z.string(),
      remedy: z.string(),
      evidence: z.array(evidence),
    }),
  ),
  gaps: z.array(z.object({ at: z.string(), what: z.string(), because: z.string() })),
  captureFile: text,
  bundle: text,
})

/** One line of GET /api/runs. */
export const runSummary = z.object({
  id: z.string(),
  /** ISO 8601 */
  startedAt: z.string(),
  durationMs: z.number(),
  source: z.string(),
  verdict: overallVerdict,
  /** Packets were sent; otherwise it is a prediction. */
  sent: z.boolean(),
  /** The first few flows. */
  flows: z.array(z.object({ from: z.string(), to: z.string(), protocol: z.string() })),
  flowCount: z.number(),
  errors: z.number(),
  statements: z.object({ passed: z.number(), all: z.number() }),
})
export type RunSummary = z.infer<typeof runSummary>

/** GET /api/runs/ID: a run, and what can be downloaded of it. */
export const run = z.object({
  id: z.string(),
  result: runResult,
  /** Octets of the pcapng; null: nothing was captured, or it is gone. */
  captureOctets: z.nullable(z.number()),
})
export type Run = z.infer<typeof run>

/** GET /api/runs */
export const runs = z.object({
  /** Where they are kept; null: nowhere. */
  directory: z.nullable(z.string()),
  runs: z.array(runSummary),
})
export type Runs = z.infer<typeof runs>

/** GET /api/runs/ID/report/FORMAT */
export const reportFormats = ['svg', 'json', 'markdown', 'html'] as const
export type ReportFormat = (typeof reportFormats)[number]
