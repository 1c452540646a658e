import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { colourLevel } from './colour-level.ts'
import { packageRoot } from './package-root.ts'
import { runPodpath } from './program.ts'
import { writePatiently } from './write-patiently.ts'

/** The only file that touches the process: streams, signals, exit status. */
const controller = new AbortController()
// Every request, exec and capture of a run listens to it, and a run has many.
setMaxListeners(0, controller.signal)
let interrupts = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // The first asks for an orderly end; whoever asks three times means it.
    if (++interrupts > 2) process.exit(130)
    controller.abort(new Error('interrupted'))
  })
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string
}
const status = await runPodpath(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(text),
    outPatiently: (text) => writePatiently(1, text),
    err: (text) => void process.stderr.write(text),
    environment: process.env,
    width: process.stdout.columns ?? 100,
    colour: colourLevel(process.stdout.isTTY === true, process.env),
    terminal: process.stdout.isTTY === true,
    watched: process.stderr.isTTY === true,
    home: homedir(),
  },
  controller.signal,
  version,
  // As kubectl's plugin it is called by that name.
  /^kubectl-podpath(\.js)?$/.test(basename(process.argv[1] ?? '')) ? 'kubectl podpath' : 'podpath',
)
process.exitCode = status
