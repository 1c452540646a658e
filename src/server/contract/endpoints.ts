import * as z from 'zod/mini'

/** One end that may be chosen. */
export const suggestion = z.object({
  kind: z.enum(['pod', 'deployment', 'node', 'service', 'host']),
  /** As a user types it. */
  value: z.string(),
  /** What it is known by besides: an address, the node of a pod. */
  detail: z.string(),
})
export type Suggestion = z.infer<typeof suggestion>

/** GET /api/endpoints: the ends that are known. Others may be typed. */
export const endpoints = z.object({
  from: z.array(suggestion),
  to: z.array(suggestion),
})
export type Endpoints = z.infer<typeof endpoints>
