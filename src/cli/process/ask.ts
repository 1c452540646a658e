import { createInterface } from 'node:readline/promises'
import { clean } from '../../edge/clean.ts'

/**
 * Asks a question on standard error that `y` or `yes` answers with yes, and anything else with no. Null: there is nobody to ask,
 * because standard input or standard error is no terminal. Rejects when it is aborted.
 */
export async function askYes(question: string, signal: AbortSignal): Promise<boolean | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^(y|yes|예|네)$/i.test((await lines.question(`${clean(question)} [y/N] `, { signal })).trim())
  } finally {
    lines.close()
  }
}
