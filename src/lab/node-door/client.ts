import { connect } from 'node:net'
import { basename } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { frame, FrameReader, writeFrame, type Call } from './frames.ts'
import { doorPath } from './paths.ts'

/**
 * crictl, systemctl and journalctl on a lab's node: passes its words to the lab's daemon, which knows what they ask for,
 * and prints what comes. Arguments: the program's name, then its own.
 */
const [, , name = '', ...argv] = process.argv
const root = process.getuid?.() === 0
const socket = connect(root ? doorPath.root : doorPath.everybody)
const { stdout, stderr, stdin } = process

const call: Call = {
  program: basename(name) as Call['program'],
  argv,
  columns: stdout.columns ?? 80,
  rows: stdout.rows ?? 24,
}
socket.write(`${JSON.stringify(call)}\n`)

let raw = false
const leave = (status: number): void => {
  if (raw) stdin.setRawMode(false)
  // What was printed must be out before the end.
  stdout.write('', () => process.exit(status))
}

function begin(tty: boolean): void {
  if (tty && stdin.isTTY) {
    stdin.setRawMode(true)
    raw = true
    stdout.on('resize', () => socket.write(writeFrame(frame.resize, `${stdout.columns} ${stdout.rows}`)))
  }
  stdin.on('data', (chunk: Buffer) => {
    if (!socket.write(writeFrame(frame.stdin, chunk))) waitFor(socket, stdin)
  })
  stdin.on('end', () => socket.write(writeFrame(frame.endOfInput)))
}

/** Reads no more from the one before the other has taken what there is. */
function waitFor(slow: Writable, from: Readable): void {
  from.pause()
  slow.once('drain', () => from.resume())
}
const print = (to: Writable, octets: Buffer): void => {
  if (!to.write(octets)) waitFor(to, socket)
}

const reader = new FrameReader(({ kind, octets }) => {
  if (kind === frame.stdout) print(stdout, octets)
  else if (kind === frame.stderr) print(stderr, octets)
  else if (kind === frame.begin) begin(octets.toString('utf8') === 'tty')
  else if (kind === frame.exit) leave(Number(octets.toString('utf8')))
})
socket.on('data', (chunk: Buffer) => reader.push(chunk))
socket.on('error', (error) => {
  stderr.write(`${call.program}: the lab does not answer: ${error.message}\n`)
  leave(1)
})
socket.on('close', () => leave(1))
