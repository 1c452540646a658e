import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { connect } from '../../src/cluster/access/connect.ts'
import { channel } from '../../src/cluster/agent/exec-channel.ts'
import { podRunner } from '../../src/cluster/agent/pod-runner.ts'
import type { RunError } from '../../src/exec/run-error.ts'
import type { RunOptions } from '../../src/exec/runner.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { forEver, hostileServer, type Answer, type HostileServer } from './hostile-server.ts'

/** A program in a pod that says something for ever, or a server that does in its place, is ended, and what it was is said. */

const runtime = runtimeDirectory()
const file = join(runtime, 'kubeconfig')
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

let server: HostileServer
afterEach(() => server.stop())

describe('an exec', () => {
  const mebibyte = 1024 * 1024
  const message = (to: number, octets: number): Buffer => Buffer.concat([Buffer.of(to), Buffer.alloc(octets)])
  /** Sends messages one after the other, as fast as they are taken: as many, or for ever. */
  const stream = (exec: WebSocket, piece: Buffer, count = Infinity, then = (): void => undefined): void => {
    if (count === 0) return then()
    if (exec.readyState === exec.OPEN)
      exec.send(piece, () => setImmediate(() => stream(exec, piece, count - 1, then)))
  }
  const status = (text: string): Buffer => Buffer.concat([Buffer.of(channel.status), Buffer.from(text)])
  const success = (exec: WebSocket): void => {
    exec.send(status('{"status":"Success"}'))
    exec.close()
  }

  /** What a run in a pod of that server comes to: its octets, or why there are none. */
  async function ran(answer: Answer, run: ((exec: WebSocket) => void) | undefined, options: RunOptions = {}) {
    server = await hostileServer(answer, undefined, run)
    writeFileSync(file, kubeconfigFor(server.origin))
    const cluster = await connect({ kubeconfig: file, env: {} })
    try {
      const runner = podRunner(cluster.api.access, { namespace: 'n', pod: 'p', container: 'c' })
      return { octets: (await runner.run(['true'], options)).stdout.length }
    } catch (error) {
      return (error as RunError).failure
    } finally {
      cluster.close()
    }
  }
  const speaks = (run: (exec: WebSocket) => void, options?: RunOptions) => ran(() => undefined, run, options)

  const sizes = [
    { octets: 16 * 1024, because: 'a limit is many of them' },
    { octets: 64 * 1024, because: 'a limit is many of them' },
    { octets: mebibyte, because: 'a limit is a few of them' },
    { octets: 50_000, because: 'a limit lies within one' },
    { octets: 16 * mebibyte - 1, because: 'a limit is hardly one' },
  ]

  test.each(sizes)(
    'that says something for ever, in pieces of $octets, is ended: $because',
    async (piece) => {
      let ended = false
      const failure = await speaks((exec) => {
        exec.on('close', () => (ended = true))
        stream(exec, message(channel.stdout, piece.octets))
      })
      expect(failure).toMatchObject({ code: 'too-much', output: 'more than 16777216 octets of output' })
      await expect.poll(() => ended).toBe(true)
    },
  )

  test.each([
    { octets: 16 * 1024, maxOutput: 64 * 1024 },
    { octets: 64 * 1024, maxOutput: 64 * 1024 },
    { octets: 10, maxOutput: 64 * 1024 - 4 },
  ])('of $maxOutput octets is read as a whole, and of one more not, in pieces of $octets', async (given) => {
    const { octets, maxOutput } = given
    const exactly = (more: number) => (exec: WebSocket) =>
      stream(exec, message(channel.stdout, octets), Math.floor(maxOutput / octets), () =>
        stream(exec, message(channel.stdout, (maxOutput % octets) + more), 1, () => success(exec)),
      )
    expect(await speaks(exactly(0), { maxOutput })).toEqual({ octets: maxOutput })
    await server.stop()
    expect(await speaks(exactly(1), { maxOutput })).toMatchObject({ code: 'too-much' })
  })

  test('that complains for ever is ended when its time is over', async () => {
    const failure = await speaks((exec) => stream(exec, message(channel.stderr, 65_536)), {
      timeoutMs: 1_000,
    })
    expect(failure).toMatchObject({ code: 'timeout' })
  })

  test.each<{ because: string; run: (exec: WebSocket) => void; says: RegExp }>([
    {
      because: 'a message without end',
      run: (exec) => {
        const more = (): void => {
          if (exec.readyState === exec.OPEN)
            exec.send(message(channel.stdout, 65_536), { fin: false }, () => setImmediate(more))
        }
        more()
      },
      says: /^a message has more than 16 MiB, which is more than podpath reads$/,
    },
    {
      because: 'a message that is too large',
      run: (exec) => exec.send(message(channel.stdout, 16 * mebibyte)),
      says: /^a message has more than 16 MiB, which is more than podpath reads$/,
    },
    {
      because: 'a status that is too large',
      run: (exec) => exec.send(status('['.repeat(mebibyte)), () => exec.close()),
      says: /^an unreadable end: \[{200}$/,
    },
    {
      because: 'one status after the other',
      run: (exec) => stream(exec, status('[]')),
      says: /^no reason given$/,
    },
  ])('that sends $because is ended', async ({ run, says }) => {
    expect(await speaks(run)).toMatchObject({ output: expect.stringMatching(says) as string })
  })

  test.each<{ because: string; answer: Answer }>([
    {
      because: 'without end',
      answer: (_request, response) => {
        response.writeHead(403)
        forEver(response, 'a'.repeat(65_536))
      },
    },
    {
      because: 'letter by letter',
      answer: (_request, response) => {
        response.writeHead(403)
        const timer = setInterval(() => response.write('a'), 100)
        response.on('close', () => clearInterval(timer))
      },
    },
  ])('that is refused $because is refused', async ({ answer }) => {
    expect(await ran(answer, undefined)).toMatchObject({
      code: 'not-allowed',
      output: expect.stringMatching(/^not allowed to \w+ pods\/exec .*\(403\)/) as string,
    })
  })

  test('whose handshake is answered letter by letter is given up', async () => {
    const answer: Answer = (_request, response) => {
      const socket = response.socket!
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 101 Switching Protocols\r\nX-A: ')
      const timer = setInterval(() => socket.write('a'), 100)
      socket.on('close', () => clearInterval(timer))
    }
    expect(await ran(answer, undefined)).toMatchObject({
      code: 'connection',
      output: expect.stringContaining('does not answer') as string,
    })
  })
})
