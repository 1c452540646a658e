import { clean } from '../edge/clean.ts'

/**
 * Starts podpath, so that whatever ends it before its own answer is one line and status 3: Node's own status for a crash is 1,
 * which means that a packet was lost. All else is imported when that stands.
 */

const crash = 3
let told = false
let answered = false

function crashed(error: unknown): void {
  tell(sentence(error))
  process.exit(crash)
}

function tell(line: string): void {
  if (!told) process.stderr.write(`podpath: ${line}\n`)
  told = true
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return ownError('', clean(String(error)), '')
  const code = 'code' in error ? error.code : undefined
  const said = clean(error.message.split('\n')[0] ?? '')
  if (code === 'EMFILE' || code === 'ENFILE')
    return `${said}: raise the limit, for example \`ulimit -n 1024\``
  if (code === 'ERR_MODULE_NOT_FOUND') return `${said}: it is not whole: install it again, or npm run build`
  if ('syscall' in error) return said
  return ownError(`${error.name}: `, said, error.stack ?? '')
}

function ownError(name: string, said: string, stack: string): string {
  if ((process.env['PODPATH_DEBUG'] ?? '') !== '')
    return `an error of podpath's own: ${(stack || said)
      .split('\n')
      .map((line) => clean(line))
      .join('\n')}`
  const at = /^\s+at (.*)$/m.exec(stack)?.[1] ?? 'an unknown place'
  return `an error of podpath's own, please report it: ${name}${said} (at ${clean(at)}; PODPATH_DEBUG=1 shows the stack)`
}

process.on('uncaughtException', crashed)
// Nobody is left to tell; what was asked for goes on.
process.stderr.on('error', () => undefined)
process.exitCode = crash
process.on('exit', (status) => {
  if (status === crash && !answered) tell('it ended without an answer; please report it')
})
import('./main.ts').then(() => {
  answered = true
}, crashed)
