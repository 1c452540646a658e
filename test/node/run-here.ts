import { spawn } from 'node:child_process'
import { faults, type Ended, type Step } from '../bare/step.ts'
import type { StepResult } from '../bare/run-step.ts'

/** What Node and npm print when something of ours, or of what we use, will not do much longer, or does not do here. */
const warnings = [/^.*\b(?:Deprecation|Experimental)Warning\b.*$/m, /^npm warn EBADENGINE.*$/m]

/** Types a command in this directory with these programs before all others; a warning is a fault too. */
export async function runHere(step: Step, directory: string, programs: string): Promise<StepResult> {
  const began = performance.now()
  const ended = await run(step.command, directory, programs)
  return {
    step,
    written: ended.written,
    milliseconds: performance.now() - began,
    faults: [...faults(step, ended), ...warnings.flatMap((one) => one.exec(ended.written)?.[0] ?? [])],
  }
}

const run = (line: string, directory: string, programs: string): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line], {
      cwd: directory,
      // npm hands its own settings on to what it starts, this checkout among them; and what is read has no colours.
      env: {
        ...Object.fromEntries(
          Object.entries(process.env).filter(([name]) => !/^npm_|^FORCE_COLOR$/.test(name)),
        ),
        NO_COLOR: '1',
        PATH: `${programs}:${withoutModules(process.env['PATH'] ?? '')}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let written = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (written += chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ exit: code ?? -1, written })
    })
  })

/** npm puts this checkout's programs in front. */
const withoutModules = (path: string): string =>
  path
    .split(':')
    .filter((one) => !/\/node_modules\/|node-gyp-bin/.test(one))
    .join(':')
