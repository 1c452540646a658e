import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTerminal, type Terminal } from './terminal.ts'

/** What podpath is started by: the checkout's build unless another is named. */
const podpath = process.env['PODPATH_PROGRAM'] ?? join(import.meta.dirname, '../../bin/podpath.js')

export interface Outcome {
  readonly exit: number
  readonly out: string
  readonly err: string
}

/** A lab of its own, used only through podpath's command line. */
export interface TestLab {
  /** A terminal with `podpath lab shell` in it. */
  terminal(size?: { readonly rows: number; readonly columns: number }): Terminal
  /** The same shell without a terminal, reading a script. */
  script(text: string): Promise<Outcome>
  /** podpath on this machine, where it knows the lab. */
  podpath(...words: readonly string[]): Promise<Outcome>
  /** `podpath lab shell -- WORDS…` */
  run(...words: readonly string[]): Promise<Outcome>
  /** The same on a terminal. */
  runOnTerminal(...words: readonly string[]): Terminal
  /** What `podpath lab up` printed. */
  readonly started: Outcome
  down(): Promise<Outcome>
}

/** `locale`: of the person who uses it. Runs that are kept go when the lab goes. */
export async function startTestLab(locale = 'C.UTF-8'): Promise<TestLab> {
  const directory = await mkdtemp(join(tmpdir(), 'podpath-seed-'))
  const own = { PODPATH_RUNTIME_DIR: directory, XDG_DATA_HOME: join(directory, 'data'), LC_ALL: locale }
  const environment = { ...process.env, ...own }
  const call = (words: readonly string[], input = ''): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [podpath, ...words], { env: environment })
      let out = ''
      let err = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')))
      child.once('error', reject)
      child.once('close', (code) => {
        resolve({ exit: code ?? -1, out, err })
      })
      child.stdin.on('error', () => undefined)
      child.stdin.end(input)
    })
  const onTerminal = (words: readonly string[], size?: Parameters<typeof openTerminal>[1]): Terminal =>
    openTerminal(
      [
        'env',
        ...Object.entries(own).map(([name, value]) => `${name}=${value}`),
        ...[process.execPath, podpath, ...words],
      ],
      size,
    )
  const up = await call(['lab', 'up'])
  if (up.exit !== 0) throw new Error(`the lab did not start: ${up.err}`)
  return {
    started: up,
    terminal: (size) => onTerminal(['lab', 'shell'], size),
    script: (text) => call(['lab', 'shell', '--', 'bash', '-s'], text),
    podpath: (...words) => call(words),
    run: (...words) => call(['lab', 'shell', '--', ...words]),
    runOnTerminal: (...words) => onTerminal(['lab', 'shell', '--', ...words]),
    async down() {
      const outcome = await call(['lab', 'down'])
      await rm(directory, { recursive: true, force: true })
      return outcome
    },
  }
}
