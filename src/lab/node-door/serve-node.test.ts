import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JournalLine, NodeView } from '../kubernetes/node/node-view.ts'
import type { Pod } from '../kubernetes/objects/pod.ts'
import type { SandboxProcess } from '../sandbox.ts'
import { frame, FrameReader, writeFrame, type Call } from './frames.ts'
import { doorPath } from './paths.ts'
import { serveNode } from './serve-node.ts'

/** What a node's programs are answered: as fast as they read, and nothing is kept for those that do not. */

const id = 'c0ffee'.repeat(10)
const running = {
  metadata: { name: 'p', namespace: 'n', uid: 'u' },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: {
    containerStatuses: [
      {
        name: 'c',
        containerID: `containerd://${id}`,
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      },
    ],
  },
} as unknown as Pod
const view: NodeView = {
  node: 'ip-192-168-1-1',
  pods: [running],
  sandboxPid: () => 1,
  now: Date.now(),
  journal: [],
  since: 0,
  versions: { containerd: '2', kubelet: '1' },
}

let directory: string
let stop: () => void
let runs: SandboxProcess[]
let tell: (line: JournalLine) => void
let followers: number
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-door-'))
  runs = []
  followers = 0
  stop = serveNode({
    directory,
    owner: process.getuid?.() ?? 0,
    view: () => view,
    exec({ argv: [program, ...words] }) {
      const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
      child.stdin.on('error', () => undefined)
      const run: SandboxProcess = {
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        exit: new Promise((resolve) => child.once('close', (status) => resolve(status ?? 137))),
        resize: () => undefined,
        signal: () => child.kill('SIGKILL'),
      }
      runs.push(run)
      return run
    },
    follow(one) {
      tell = one
      followers++
      return () => followers--
    },
    onError: () => undefined,
  })
  await expect.poll(() => existsSync(rootDoor())).toBe(true)
})
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const run of runs) run.signal('SIGKILL')
  stop()
  rmSync(directory, { recursive: true, force: true })
})

const rootDoor = (): string => join(directory, basename(doorPath.root))

function call(program: Call['program'], ...argv: readonly string[]): Socket {
  const socket = connect(rootDoor())
  socket.on('error', () => undefined)
  sockets.push(socket)
  socket.write(`${JSON.stringify({ program, argv, columns: 80, rows: 24 })}\n`)
  return socket
}

/** Everything that it said until it ended. */
function heard(socket: Socket): Promise<{ readonly stdout: Buffer; readonly exit: number }> {
  const stdout: Buffer[] = []
  return new Promise((resolve) => {
    const reader = new FrameReader(({ kind, octets }) => {
      if (kind === frame.stdout) stdout.push(octets)
      if (kind === frame.exit)
        resolve({ stdout: Buffer.concat(stdout), exit: Number(octets.toString('utf8')) })
    })
    socket.on('data', (chunk: Buffer) => reader.push(chunk))
  })
}

const mebibyte = 1024 * 1024
const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000))

describe('crictl exec', () => {
  test('says all that the program said, then how it ended', async () => {
    const { stdout, exit } = await heard(
      call('crictl', 'exec', id, 'sh', '-c', 'head -c 5000000 /dev/zero; exit 7'),
    )
    expect([stdout.length, exit]).toEqual([5_000_000, 7])
  })

  test('hands on all that is typed', async () => {
    const socket = call('crictl', 'exec', '-i', id, 'sh', '-c', 'sleep 0.3; wc -c')
    const told = heard(socket)
    for (let i = 0; i < 50; i++) socket.write(writeFrame(frame.stdin, Buffer.alloc(100_000)))
    socket.write(writeFrame(frame.endOfInput))
    expect((await told).stdout.toString('utf8').trim()).toBe('5000000')
  })

  test('keeps nothing for a client that does not read: the program waits', async () => {
    call('crictl', 'exec', id, 'cat', '/dev/zero').pause()
    await expect.poll(() => runs.length).toBe(1)
    let octets = 0
    runs[0]?.stdout.on('data', (chunk: Buffer) => (octets += chunk.length))
    await seconds(1)
    expect(octets).toBeLessThan(4 * mebibyte)
  })

  test('keeps nothing for a program that does not read: the client waits', async () => {
    const socket = call('crictl', 'exec', '-i', id, 'sleep', '60')
    await expect.poll(() => runs.length).toBe(1)
    const piece = writeFrame(frame.stdin, Buffer.alloc(65_536))
    const until = Date.now() + 1000
    while (Date.now() < until && socket.writableLength < 64 * mebibyte) {
      socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(runs[0]?.stdin.writableLength).toBeLessThan(4 * mebibyte)
    // And ends with it.
    socket.destroy()
    expect(await runs[0]?.exit).toBe(137)
  })
})

test('connections that ask nothing make room: others are answered, and what runs goes on', async () => {
  const running = call('crictl', 'exec', '-i', id, 'sleep', '60')
  await expect.poll(() => runs.length).toBe(1)
  const idle: Socket[] = []
  for (let i = 0; i < 200; i++) {
    const socket = connect(rootDoor())
    socket.on('error', () => undefined)
    socket.resume()
    idle.push(socket)
    sockets.push(socket)
    await once(socket, 'connect')
  }
  expect((await heard(call('crictl', 'exec', id, 'true'))).exit).toBe(0)
  await expect.poll(() => idle.filter((one) => !one.destroyed).length).toBeLessThan(64)
  expect(running.destroyed).toBe(false)
})

test('journalctl -f lets go of one that does not read', async () => {
  const socket = call('journalctl', '-f')
  socket.pause()
  await expect.poll(() => followers).toBe(1)
  const line: JournalLine = { time: Date.now(), unit: 'kubelet', text: 'x'.repeat(10_000) }
  for (let i = 0; i < 2000 && followers > 0; i++) {
    tell(line)
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await expect.poll(() => followers).toBe(0)
})
