import { rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { gzipSync } from 'node:zlib'
import type { ApiOptions } from '../../src/cluster/api/api.ts'
import { connect } from '../../src/cluster/access/connect.ts'
import { recordEc2 } from '../../src/cluster/aws/ec2.ts'
import { channel } from '../../src/cluster/agent/exec-channel.ts'
import { readNode } from '../../src/kubernetes/facts.ts'
import { podRunner } from '../../src/cluster/agent/pod-runner.ts'
import type { RunError } from '../../src/exec/run-error.ts'
import type { RunOptions } from '../../src/exec/runner.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { hostileServer, type HostileServer } from './hostile-server.ts'
import { measured } from './measured.ts'

/** A server that goes on for ever, or answers with what takes gigabytes, is given up: one line says what was too large. */

const runtime = runtimeDirectory()
const file = join(runtime, 'kubeconfig')
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

let server: HostileServer
afterEach(() => server.stop())

type Answer = Parameters<typeof hostileServer>[0]

async function cleanup(answer: Answer) {
  server = await hostileServer(answer)
  writeFileSync(file, kubeconfigFor(server.origin))
  return measured(['cleanup', '--dry-run', '--kubeconfig', file], runtime)
}

/** Writes a text over and over until the other side hangs up. */
function forEver(response: ServerResponse, text: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(text));
  }
  response.on('drain', more)
  more()
}

const json =
  (make: (page: number) => string): Answer =>
  (request, response) => {
    const page = Number(/[?&]continue=(\d+)/.exec(request.url ?? '')?.[1] ?? 0)
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(make(page))
  }
const list = (items: string, next: number | null): string =>
  `{"kind":"List","metadata":{"resourceVersion":"1"${next === null ? '' : `,"continue":"${next}"`}},"items":[${items}]}`

const many = (octets: number, one: (i: number) => string): string => {
  const parts: string[] = []
  for (let have = 0; have < octets; have += (parts.at(-1) ?? '').length + 1) parts.push(one(parts.length))
  return parts.join(',')
}
const ten = 10_000_000
const page = many(200_000, () => '{}')

describe('a Kubernetes API', () => {
  test.each<{ because: string; answer: Answer; says: RegExp; asked?: number }>([
    {
      because: 'whose list never ends',
      answer: json((at) => list('', at + 1)),
      says: /the answer of http:\S+ \(list \w+\) has more than 1,000 pages, which is more than podpath reads/,
    },
    {
      because: 'whose list never ends, with full pages',
      answer: json((at) => list(page, at + 1)),
      says: /has more than 200,000 objects, which is more than podpath reads/,
    },
    {
      because: 'whose page is followed by itself',
      answer: json(() => list('', 1)),
      says: /has no end: a page says that the next one is itself/,
      asked: 9,
    },
    {
      because: 'whose answer never ends',
      answer: (_request, response) => forEver(response, `"${'a'.repeat(65_536)}",`),
      says: /has more than 64 MiB, which is more than podpath reads/,
    },
    {
      because: 'whose refusal never ends',
      answer: (_request, response) => {
        response.writeHead(403)
        forEver(response, 'a'.repeat(65_536))
      },
      says: /has more than 64 MiB, which is more than podpath reads/,
    },
    {
      because: 'whose headers never end',
      answer: (_request, response) => {
        const socket = response.socket!
        socket.write('HTTP/1.1 200 OK\r\n')
        const more = (): void => {
          while (!socket.destroyed && socket.write(`X-A: ${'a'.repeat(10_000)}\r\n`));
        }
        socket.on('drain', more).on('error', () => undefined)
        more()
      },
      says: /Header overflow/,
    },
    {
      because: 'that packs what nobody asked it to pack',
      answer: (_request, response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip' })
        response.end(gzipSync(Buffer.alloc(100_000_000)))
      },
      says: /answers with something that is not JSON/,
    },
  ])('$because', async ({ answer, says, asked }) => {
    const ended = await cleanup(answer)
    expect(ended.stderr).toMatch(/^podpath: [^\n]*\n$/)
    expect(ended.stderr).toMatch(says)
    expect(ended.status).toBe(3)
    expect(ended.stdout).toBe('')
    if (asked !== undefined) expect(server.asked.length).toBeLessThanOrEqual(asked)
  })

  test.each<{ because: string; body: string }>([
    { because: 'nothing but beginnings', body: '['.repeat(ten) },
    { because: 'lists in each other', body: '['.repeat(ten / 2) + ']'.repeat(ten / 2) },
    { because: 'objects in each other', body: '{"a":'.repeat(ten / 6) + '1' + '}'.repeat(ten / 6) },
    {
      because: 'lists ninety deep',
      body: list(
        many(ten, () => '['.repeat(90) + ']'.repeat(90)),
        null,
      ),
    },
    {
      because: 'empty lists',
      body: list(
        many(ten, () => '[]'),
        null,
      ),
    },
    {
      because: 'empty objects',
      body: list(
        many(ten, () => '{}'),
        null,
      ),
    },
    {
      because: 'objects of which none is like another',
      body: list(
        many(ten, (i) => `{"${i.toString(36)}":1}`),
        null,
      ),
    },
    {
      because: 'an object of very many members',
      body: `{${many(ten, (i) => `"${i.toString(36)}":1`)}}`,
    },
  ])(
    'that sends ten megabytes of $because is told from one that is silent, within 200 MB',
    async ({ body }) => {
      const ended = await cleanup(json(() => body))
      expect(ended.stderr).toMatch(
        /^podpath: the answer of http:\S+ \(list \w+\) cannot be read: (lists and objects lie more than 100 deep in each other|its \d+ characters would take more than \d+ MiB as lists and objects): is it a Kubernetes API server\?\n$/,
      )
      expect(ended.status).toBe(3)
      expect(ended.megabytes).toBeLessThan(200)
    },
  )

  test.each<{ because: string; answer: Answer; says: RegExp }>([
    {
      because: 'an event that never ends',
      answer: (_request, response) => forEver(response, 'a'.repeat(65_536)),
      says: /^an event in the answer of .* \(watch pods\) has more than 8 MiB/,
    },
    {
      because: 'an event that nests too deep',
      answer: (_request, response) => response.end(`{"type":"ADDED","object":${'['.repeat(1_000_000)}\n`),
      says: /^an event in the answer of .* cannot be read: lists and objects lie more than 100 deep/,
    },
  ])('whose watch brings $because', async ({ answer, says }) => {
    expect(await watching(answer)).toMatchObject({
      code: 'unexpected-answer',
      message: expect.stringMatching(says) as string,
    })
  })

  test('that refuses a watch letter by letter does not answer', async () => {
    const refused = await watching(
      (_request, response) => {
        response.writeHead(403)
        const timer = setInterval(() => response.write('a'), 100)
        response.on('close', () => clearInterval(timer))
      },
      { timeoutMs: 1_000 },
    )
    expect(refused).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('does not answer') as string,
    })
  })

  async function watching(answer: Answer, options: ApiOptions = {}): Promise<unknown> {
    server = await hostileServer(answer)
    writeFileSync(file, kubeconfigFor(server.origin))
    const cluster = await connect({ kubeconfig: file, env: {} })
    try {
      return await cluster.api
        .watch('/api/v1/pods', {}, () => false, options)
        .catch((error: unknown) => error)
    } finally {
      cluster.close()
    }
  }
})

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

describe('an EC2 API', () => {
  const nodes = readNode({
    metadata: { name: 'n' },
    spec: { providerID: 'aws:///ap-northeast-2a/i-0123456789abcdef0' },
  })
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x', sessionToken: 'secret-42' }
  const instances = (inside: string, next = ''): string =>
    `<DescribeInstancesResponse><reservationSet>${inside}</reservationSet>${next === '' ? '' : `<nextToken>${next}</nextToken>`}</DescribeInstancesResponse>`
  const ask = async (answer: Answer) => {
    server = await hostileServer(answer)
    const { gaps } = await recordEc2(nodes, { endpoint: server.origin, credentials })
    return gaps.find(({ what }) => what === 'describe-instances')?.because
  }

  let turn = 0
  test.each<{ because: string; answer: Answer; says: RegExp }>([
    {
      because: 'whose pages never end',
      answer: (_request, response) => response.end(instances('', `page-${turn++}`)),
      says: /^the answer has more than 200 pages, which is more than podpath reads$/,
    },
    {
      because: 'whose page is followed by itself',
      answer: (_request, response) => response.end(instances('', 'again')),
      says: /^the answer has no end: a page says that the next one is itself$/,
    },
    {
      because: 'whose answer never ends',
      answer: (_request, response) => forEver(response, '<item></item>'.repeat(5_000)),
      says: /^the answer has more than 32 MiB, which is more than podpath reads$/,
    },
    {
      because: 'whose answer nests without end',
      answer: (_request, response) => response.end('<a>'.repeat(1_000_000)),
      says: /^the answer nests too deep$/,
    },
    {
      because: 'whose answer laughs a billion times',
      answer: (_request, response) =>
        response.end(
          `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from({ length: 12 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`).join('')}]>${instances('<item><instancesSet><item><instanceId>&a12;</instanceId></item></instancesSet></item>', 'again')}`,
        ),
      says: /^the answer has no end/,
    },
    {
      because: 'that is cut off',
      answer: (_request, response) => {
        response.writeHead(200, { 'Content-Length': '1000' })
        response.write('<DescribeInstancesResponse>')
        setTimeout(() => response.destroy(), 20)
      },
      says: /./,
    },
  ])('$because becomes a gap that says so', async ({ answer, says }) => {
    expect(await ask(answer)).toMatch(says)
  })

  test('over http:// is not asked but on this machine', async () => {
    const { gaps } = await recordEc2(nodes, { endpoint: 'http://ec2.example', credentials })
    expect(gaps.find(({ what }) => what === 'describe-instances')?.because).toBe(
      'http://ec2.example is not asked: credentials go over https:// alone',
    )
    server = await hostileServer(() => undefined)
  })
})
