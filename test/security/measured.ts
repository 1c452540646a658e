import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, podpath, type Ended } from '../lab/podpath.ts'

export interface Measured extends Ended {
  /** The largest resident set, in 10^6 octets. */
  readonly megabytes: number
  /** Of the processor. */
  readonly seconds: number
}

/** How a real command ended and what it took. One that was killed has told nothing, and has taken too much. */
export async function measured(words: readonly string[], runtime: string, limit?: number): Promise<Measured> {
  const file = join(runtime, 'usage')
  rmSync(file, { force: true })
  const ended = await podpath(words, {
    runtime,
    ...(limit === undefined ? {} : { limit }),
    environment: {
      NODE_OPTIONS: `--import=file://${join(checkout, 'test/security/usage-at-end.mjs')}`,
      PODPATH_TEST_USAGE: file,
    },
  })
  return { ...ended, ...usageIn(file) }
}

function usageIn(file: string): Pick<Measured, 'megabytes' | 'seconds'> {
  try {
    const { maxRSS, processor } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
    return { megabytes: ((maxRSS ?? NaN) * 1024) / 1e6, seconds: (processor ?? NaN) / 1e6 }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { megabytes: Infinity, seconds: Infinity }
  }
}
