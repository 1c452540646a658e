import * as z from 'zod/mini'

/** The body of every answer that is no success: one line for a person, and a code for the page. */
export const problem = z.object({ code: z.string(), message: z.string() })
export type Problem = z.infer<typeof problem>
