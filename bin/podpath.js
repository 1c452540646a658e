#!/usr/bin/env node
// Alone and without a build, so that it stands when nothing else can be read: whatever ends podpath before its own answer
// is one line and status 3. Node's own status for a crash is 1, which means that a packet was lost.

let told = false

function crashed(error) {
  if (!told) process.stderr.write(`podpath: ${sentence(error).split('\n').map(printable).join('\n')}\n`)
  told = true
  process.exit(3)
}

function sentence(error) {
  const { message = String(error), code, name = 'Error', stack = '' } = error instanceof Error ? error : {}
  const said = message.split('\n')[0] ?? ''
  if (code === 'EMFILE' || code === 'ENFILE')
    return `${said}: raise the limit, for example \`ulimit -n 1024\``
  if (code === 'ERR_MODULE_NOT_FOUND')
    return `${said}: it is not built or not whole: npm run build, or install it again`
  if (error?.syscall !== undefined) return said
  if (process.env.PODPATH_DEBUG) return `an error of podpath's own: ${stack}`
  const at = /^\s+at (.*)$/m.exec(stack)?.[1] ?? 'an unknown place'
  return `an error of podpath's own, please report it: ${name}: ${said} (at ${at}; PODPATH_DEBUG=1 shows the stack)`
}

// What src/edge/clean.ts takes out: a message may quote anything.
const printable = (text) =>
  text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    ' ',
  )

process.on('uncaughtException', crashed)
// Nobody is left to tell; what was asked for goes on.
process.stderr.on('error', () => undefined)
process.exitCode = 3
process.on('exit', (status) => {
  if (status === 3 && !answered && !told)
    process.stderr.write('podpath: it ended without an answer; please report it\n')
})
let answered = false
import('../dist/cli/main.js').then(() => {
  answered = true
}, crashed)
