import type { Problem } from './contract/problem.ts'

/** What failed, in one line for a person, with the code of the error where it has one. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { code: 'failed', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
  return { code, message: error.message.split('\n')[0] ?? '' }
}
