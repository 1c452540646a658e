/** Holds the real command against a bundle: how long it takes, how much memory, and whether it ends as the contract says. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { measured, type Measured } from '../measured.ts'
import { flowsAtOnce, type HostileBundle } from './hostile-bundle.ts'

/** What no bundle of a hundred kilobytes may take. */
export const most = { seconds: 5, megabytes: 500 } as const

/** On a busy machine the clock says little; but what waits for ever takes no processor either. */
const mostWaiting = 20

export interface Judged {
  readonly ended: Measured
  /** Empty: all is well. */
  readonly faults: readonly string[]
}

/** Writes the bundle below `directory`, asks, and takes it away again. */
export async function judgeBundle(bundle: HostileBundle, directory: string): Promise<Judged> {
  const at = join(directory, 'bundle')
  const list = join(directory, 'flows')
  writeBundle(bundle.files, at)
  if (bundle.flows !== null) writeFileSync(list, bundle.flows)
  const words = [...bundle.words, ...(bundle.flows === null ? [] : ['--flows', list])]
  try {
    const [command = '', ...rest] = words
    const times = bundle.flows === null ? 1 : flowsAtOnce
    const ended = await measured(
      [command, '--bundle', at, ...rest],
      directory,
      2 * times * mostWaiting * 1000,
    )
    return { ended, faults: faultsOf(ended, words, times) }
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
}

export function writeBundle(files: HostileBundle['files'], at: string): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(at, path)), { recursive: true })
    writeFileSync(join(at, path), text)
  }
}

function faultsOf(ended: Measured, words: readonly string[], times: number): readonly string[] {
  const { status, stdout, stderr, megabytes, seconds, milliseconds } = ended
  const faults: string[] = []
  if (seconds > times * most.seconds) faults.push(`${seconds.toFixed(1)} s of the processor`)
  if (milliseconds > times * mostWaiting * 1000) faults.push(`${(milliseconds / 1000).toFixed(1)} s`)
  if (megabytes > most.megabytes) faults.push(`${megabytes.toFixed(0)} MB`)
  // Every bundle is one that could have been recorded, and every question one that can be asked.
  if (status !== 0 && status !== 1) faults.push(`exit status ${status}: ${stderr.slice(0, 400)}`)
  if (/^ {4}at /m.test(stderr)) faults.push(`a stack is printed: ${stderr.slice(0, 400)}`)
  if (words.includes('--json') && !isJson(stdout)) faults.push('standard output is no JSON')
  if (stdout === '' && status === 0) faults.push('nothing was said')
  return faults
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
