import type { Context, Hono } from 'hono'
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

/** Where no route is, and where one fails: said to whoever asked, and printed nowhere. */
export function refuseTheRest(app: Hono): void {
  app.notFound((context) => refusal(context, 404, 'not-found', 'there is nothing of that name here'))
  app.onError((error, context) => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
    return refusal(context, 500, code, error.message.split('\n')[0] ?? '')
  })
}
