import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Problem } from './contract/problem.ts'

/** An answer that is no success: JSON for the page, one line of text for whoever opened the address. */
export function refusal(
  context: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
): Response {
  const body: Problem = { code, message }
  return context.req.path.startsWith('/api/')
    ? context.json(body, status)
    : context.text(`podpath: ${message}\n`, status)
}
