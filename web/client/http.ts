import { z } from 'zod/mini'
import { cleanAll } from '../../src/edge/clean.ts'
import { problem } from '../../src/server/contract/problem.ts'
import { ClientError } from './client.ts'

/** UTF-16 units of one text that a page shows. */
export const longestText = 65_536

/** Asks the server that the page came from, and checks that the answer is what the contract says; its texts are clean. */
export async function ask<Schema extends z.core.$ZodType>(
  schema: Schema,
  path: string,
  init: RequestInit = {},
): Promise<z.output<Schema>> {
  const response = await request(path, init)
  const read = z.safeParse(schema, cleanAll((await response.json()) as unknown, longestText))
  if (read.success) return read.data
  throw new ClientError('unexpected-answer', `${path}: ${z.prettifyError(read.error).split('\n')[0] ?? ''}`)
}

/** A request whose answer is no JSON, or none. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init })
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ClientError('server-gone', 'podpath ui does not answer: it may have been ended', { cause })
  }
  if (response.ok) return response
  const said = z.safeParse(problem, cleanAll((await response.json().catch(() => null)) as unknown))
  throw said.success
    ? new ClientError(said.data.code, said.data.message)
    : new ClientError('failed', `${path}: HTTP ${response.status}`)
}
/** The body of a request that changes something. */
export const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})
