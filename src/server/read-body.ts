import type { Context } from 'hono'
import * as z from 'zod/mini'
import { refusal } from './refusal.ts'

/** A request's JSON body as the contract has it, or the answer that says what is wrong with it. */
export async function readBody<Schema extends z.core.$ZodType>(
  context: Context,
  schema: Schema,
): Promise<{ readonly value: z.output<Schema> } | { readonly refused: Response }> {
  let body: unknown
  try {
    body = await context.req.json()
  } catch {
    return { refused: refusal(context, 400, 'bad-request', 'the body is no JSON') }
  }
  const read = z.safeParse(schema, body)
  if (read.success) return { value: read.data }
  const [first] = read.error.issues
  const where = first?.path.join('.') ?? ''
  return { refused: refusal(context, 400, 'bad-request', `${where}: ${first?.message ?? 'not as expected'}`) }
}
