/** What a pod's containers say of the network, and the words that all objects are made of. */
import * as z from 'zod'

/** Names and labels: RFC 1123 and label syntax allow no control character. */
export const word = z
  .string()
  .max(1024)
  .refine((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text), 'control characters')

export const protocol = z.enum(['TCP', 'UDP', 'SCTP']).default('TCP')
export const port = z.int().min(0).max(65535)

/** As `shareable` leaves them: variables that networks are set up by, or none at all. */
const environment = z
  .array(z.object({ name: word, value: z.string().max(4096).optional() }))
  .nullish()
  .transform((list) =>
    list
      ? Object.fromEntries(list.flatMap((one) => (one.value === undefined ? [] : [[one.name, one.value]])))
      : null,
  )

export const containers = z
  .array(
    z.object({
      name: word.default(''),
      image: word.default(''),
      env: environment,
      args: z
        .array(z.string().max(4096))
        .nullish()
        .transform((list) => (list ?? []).filter((one) => one.startsWith('--enable-network-policy='))),
      ports: z
        .array(z.object({ name: word.optional(), containerPort: port, protocol }))
        .nullish()
        .transform((list) => list ?? []),
    }),
  )
  .nullish()
  .transform((list) => list ?? [])
