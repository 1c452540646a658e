import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { exitStatus } from '../model/result/exit-status.ts'
import { clean } from '../edge/clean.ts'
import { systemReason } from '../own/system-reason.ts'
import { colourLevel } from './output/colour-level.ts'
import type { Farewell } from './process/farewell.ts'
import { interrupts } from './process/interrupts.ts'
import { LostOutput } from './process/lost-output.ts'
import { packageRoot } from './process/package-root.ts'
import { runPodpath } from './program.ts'
import { listenToSignals } from './process/signals.ts'
import { writePatiently } from './process/write-patiently.ts'

/** Joins podpath to its process: streams, signals, exit status. */
const controller = new AbortController()
// Every request, exec and capture of a run listens to it, and a run has many.
setMaxListeners(0, controller.signal)
let farewell: Farewell | null = null
const nextInterrupt = interrupts()
const signals = listenToSignals(controller.signal, () => {
  if (farewell?.passesOn === true) return controller.abort(new Error('interrupted'))
  const interrupt = nextInterrupt(performance.now())
  switch (interrupt.kind) {
    case 'end':
      return controller.abort(new Error('interrupted'))
    case 'wait':
      if (interrupt.tell) farewell?.waiting(interrupt.seconds)
      return
    case 'leave':
      process.exit(exitStatus.interrupted)
  }
})
// However podpath ends, but for a SIGKILL: a crash does not clear up.
process.on('exit', () => farewell?.leaving())
// Written files may have a limit (setrlimit(2), RLIMIT_FSIZE); a write that exceeds it then fails and is told.
process.on('SIGXFSZ', () => undefined)

let lost = false
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE'
/** A reader that went away wanted no more (`| head`), and what the run has come to stands; nobody else may miss a word of it. */
function outputFailed(error: unknown): void {
  if (lost) return
  if (!isGone(error)) {
    lost = true
    process.stderr.write(`podpath: standard output: ${systemReason(error)}\n`)
  }
  controller.abort(new LostOutput('standard output takes nothing more', { cause: error }))
}
process.stdout.on('error', outputFailed)
// Node prints warnings as they are, and libraries quote what they read in them.
process.removeAllListeners('warning')
process.on('warning', ({ name, message }) => {
  process.stderr.write(`podpath: ${clean(`${name}: ${message}`)}\n`)
})

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string
}
const status = await runPodpath(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(text),
    outPatiently: (text) =>
      writePatiently(1, text).catch((error: unknown) => {
        // A capture whose lines nobody reads may still be written to a file.
        if (!isGone(error)) outputFailed(error)
        throw error
      }),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    width: process.stdout.columns ?? 100,
    watchedWidth: process.stderr.columns ?? 100,
    colour: colourLevel(process.stdout.isTTY === true, process.env),
    terminal: process.stdout.isTTY === true,
    watched: process.stderr.isTTY === true,
    home: homedir(),
  },
  signals,
  version,
  // As kubectl's plugin it is called by that name.
  /^kubectl-podpath(\.js)?$/.test(basename(process.argv[1] ?? '')) ? 'kubectl podpath' : 'podpath',
  (given) => {
    farewell = given
  },
)
// Whether it was taken is told after the write.
await new Promise((resolve) => process.stdout.write('', resolve))
process.exitCode = lost ? exitStatus.environment : status
