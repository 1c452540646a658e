import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { gzipSync } from 'node:zlib'
import type { ApiOptions } from '../../src/cluster/api/api.ts'
import { connect } from '../../src/cluster/access/connect.ts'
import { recordEc2 } from '../../src/cluster/aws/ec2.ts'
import { readNode } from '../../src/kubernetes/facts.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { forEver, hostileServer, type Answer, type HostileServer } from './hostile-server.ts'
import { measured } from './measured.ts'

/** A server that goes on for ever, or answers with what takes gigabytes, is given up: one line says what was too large. */

const runtime = runtimeDirectory()
const file = join(runtime, 'kubeconfig')
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

let server: HostileServer
afterEach(() => server.stop())

async function cleanup(answer: Answer) {
  server = await hostileServer(answer)
  writeFileSync(file, kubeconfigFor(server.origin))
  return measured(['cleanup', '--dry-run', '--kubeconfig', file], runtime)
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
