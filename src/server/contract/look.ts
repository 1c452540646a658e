import * as z from 'zod/mini'

/* What the pages Cluster, Tables and Lab ask for. Their answers are the plain data of src/model/. */

const name = z.string().check(z.minLength(1), z.maxLength(300))

/** POST /api/flows: which lines are asked on the way of a packet. */
export const flowRequest = z.object({
  from: name,
  to: name,
  protocol: z.enum(['icmp', 'tcp', 'udp']),
  port: z.nullable(z.int().check(z.gte(1), z.lte(65535))),
})
export type FlowRequest = z.infer<typeof flowRequest>

/** GET and POST /api/snapshot: what the tables are read from. */
export const snapshotState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('taking') }),
  z.object({ kind: z.literal('taken'), at: z.string(), stacks: z.number() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
])
export type Snapshot = z.infer<typeof snapshotState>

/** POST /api/pods */
export const newPod = z.object({
  namespace: name,
  name,
  image: name,
  node: z.nullable(name),
})
export type NewPod = z.infer<typeof newPod>

/** POST /api/scale */
export const scaleRequest = z.object({
  namespace: name,
  name,
  replicas: z.int().check(z.gte(0), z.lte(1000)),
})
export type ScaleRequest = z.infer<typeof scaleRequest>
