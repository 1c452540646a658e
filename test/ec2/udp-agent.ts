import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { ports } from './random-vpc.ts'

/** A process in a network namespace that sends UDP, answers it, and says all that it sees. */

/** Listens on its addresses, answers what it gets, and sends what it is told; says all it sees. */
const agentSource = `
const dgram = require('node:dgram')
const [addresses, ports] = process.argv.slice(1).map((text) => JSON.parse(text))
const say = (what) => process.stdout.write(JSON.stringify(what) + '\\n')
let open = addresses.length * ports.length
for (const address of addresses) for (const port of ports) {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (text, from) => {
    say({ kind: 'request', id: Number(text), src: from.address })
    socket.send(text, from.port, from.address)
  })
  socket.bind(port, address, () => { if (--open === 0) say({ kind: 'ready' }) })
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, bind, sport, dst, dport } = JSON.parse(line)
  const socket = dgram.createSocket('udp4')
  socket.on('error', (error) => say({ kind: 'error', id, error: error.message }))
  socket.on('message', (text) => say({ kind: 'reply', id: Number(text) }))
  socket.bind(sport, bind, () => socket.send(String(id), dport, dst, (error) => {
    if (error) say({ kind: 'error', id, error: error.message })
  }))
  setTimeout(() => socket.close(), 900)
})
`

interface Seen {
  readonly kind: string
  readonly id: number
  readonly at: string
  readonly src?: string
  readonly error?: string
}

export const agents = new Map<string, ChildProcess>()
export const seen: Seen[] = []

export async function startAgent(name: string, pid: number, addresses: readonly string[]): Promise<void> {
  const [program, ...enter] = ['nsenter', '-t', String(pid), '-n'] as const
  const child = spawn(
    program,
    [...enter, process.execPath, '-e', agentSource, JSON.stringify(addresses), JSON.stringify(ports)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  agents.set(name, child)
  const lines = createInterface({ input: child.stdout })
  const ready = once(lines, 'line')
  lines.on('line', (line) => seen.push({ ...(JSON.parse(line) as Seen), at: name }))
  await ready
}
