import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, podpath, type Ended } from '../lab/podpath.ts'

/** How a real command ended, and its largest resident set in megabytes (10^6 octets). */
export async function measured(
  words: readonly string[],
  runtime: string,
): Promise<Ended & { readonly megabytes: number }> {
  const file = join(runtime, 'memory')
  const ended = await podpath(words, {
    runtime,
    environment: {
      NODE_OPTIONS: `--import=file://${join(checkout, 'test/security/memory-at-end.mjs')}`,
      PODPATH_TEST_MEMORY: file,
    },
  })
  return { ...ended, megabytes: (Number(readFileSync(file, 'utf8')) * 1024) / 1e6 }
}
