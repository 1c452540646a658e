import type { Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Problem } from './contract/problem.ts'
import { problemOf } from './problem-of.ts'
import { statusOf } from './status-of.ts'

/** An answer that is no success. */
export function refusal(
  context: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
): Response {
  return context.json<Problem>({ code, message }, status)
}

/** Where no route is, and where one fails: said to whoever asked, and printed nowhere. */
export function refuseTheRest(app: Hono): void {
  app.notFound((context) => refusal(context, 404, 'not-found', 'there is nothing of that name here'))
  app.onError((error, context) => {
    const problem = problemOf(error)
    return context.json<Problem>(problem, statusOf(problem.code))
  })
}
