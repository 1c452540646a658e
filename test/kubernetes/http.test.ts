import { request } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** Needs root (network namespaces). What stands on the wire below any client. */

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(async () => {
  await cluster.stop()
  expect(cluster.errors).toEqual([])
})

interface Answer {
  readonly code: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string | null
  readonly body?: string | Buffer
}

const ask = (path: string, { method = 'GET', headers = {}, token, body }: Asked = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const authorization = token === null ? {} : { authorization: `Bearer ${token ?? cluster.token}` }
    const asked = request(
      {
        host: '127.0.0.1',
        port: cluster.port,
        ca: cluster.pki.certificateAuthority,
        servername: 'localhost',
        path,
        method,
        headers: { ...authorization, ...headers },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          resolve({ code: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(chunks) })
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })

const json = { 'content-type': 'application/json' }

describe('every refusal is a Status object', () => {
  test.each<{ because: string; path: string; asked: Asked; code: number; reason: string; message: string }>([
    {
      because: 'no token',
      path: '/api/v1/pods',
      asked: { token: null },
      code: 401,
      reason: 'Unauthorized',
      message: 'Unauthorized',
    },
    {
      because: 'a wrong token',
      path: '/api/v1/pods',
      asked: { token: 'guess' },
      code: 401,
      reason: 'Unauthorized',
      message: 'Unauthorized',
    },
    {
      because: 'a name that leads a browser here by DNS rebinding',
      path: '/api/v1/pods',
      asked: { headers: { host: 'evil.example' } },
      code: 403,
      reason: 'Forbidden',
      message: 'the Host header "evil.example" is not one of this server',
    },
    {
      because: 'a path that is not there',
      path: '/apis/apps/v1/statefulsets',
      asked: {},
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    },
    {
      because: 'a method that a collection does not have',
      path: '/api/v1/namespaces/default/pods',
      asked: { method: 'PUT', headers: json, body: '{}' },
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
    {
      because: 'a body that is too long',
      path: '/api/v1/namespaces/default/configmaps',
      asked: { method: 'POST', headers: json, body: Buffer.alloc(3 * 1024 * 1024 + 1, 'x') },
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    },
    {
      because: 'a body that is no object',
      path: '/api/v1/namespaces/default/configmaps',
      asked: { method: 'POST', headers: json, body: '{"kind":' },
      code: 400,
      reason: 'BadRequest',
      message: "couldn't get version/kind; json parse error: Unexpected end of JSON input",
    },
    {
      because: 'a body of a kind that nobody reads',
      path: '/api/v1/namespaces/default/configmaps',
      asked: { method: 'POST', headers: { 'content-type': 'text/html' }, body: '<p>' },
      code: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    },
    {
      because: 'an object of another kind than the path says',
      path: '/api/v1/namespaces/default/configmaps',
      asked: { method: 'POST', headers: json, body: '{"apiVersion":"v1","kind":"Secret"}' },
      code: 400,
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered for version "v1"',
    },
    {
      because: 'a namespace that is not there',
      path: '/api/v1/namespaces/nowhere/configmaps',
      asked: { method: 'POST', headers: json, body: '{"metadata":{"name":"x"}}' },
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "nowhere" not found',
    },
    {
      because: 'a token to continue a list that nobody gave out',
      path: '/api/v1/pods?limit=1&continue=forged',
      asked: {},
      code: 400,
      reason: 'BadRequest',
      message: 'continue key is not valid: invalid character',
    },
  ])('$code for $because', async ({ path, asked, code, reason, message }) => {
    const answer = await ask(path, asked)
    expect(answer.code).toBe(code)
    expect(JSON.parse(answer.bytes.toString())).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason,
      message,
      code,
    })
  })
})

test('a long answer is compressed for who can read that, and says the same', async () => {
  const data = { text: 'a long text '.repeat(20_000) }
  const body = JSON.stringify({ metadata: { name: 'long' }, data })
  expect(
    (await ask('/api/v1/namespaces/default/configmaps', { method: 'POST', headers: json, body })).code,
  ).toBe(201)
  const plain = await ask('/api/v1/namespaces/default/configmaps/long')
  const zipped = await ask('/api/v1/namespaces/default/configmaps/long', {
    headers: { 'accept-encoding': 'gzip' },
  })
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(zipped.headers['content-encoding']).toBe('gzip')
  expect(zipped.bytes.length).toBeLessThan(plain.bytes.length / 10)
  expect(gunzipSync(zipped.bytes).toString()).toBe(plain.bytes.toString())
})

test('old and new discovery name the same resources', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const read = async (path: string, headers = {}) =>
    JSON.parse((await ask(path, { headers })).bytes.toString())
  const aggregated = [...(await read('/api', { accept })).items, ...(await read('/apis', { accept })).items]
    .flatMap((group) => group.versions)
    .flatMap((version) => version.resources)
    .map((one) => one.resource)
  const groups = (await read('/apis')).groups.flatMap(
    (group: { versions: readonly { groupVersion: string }[] }) =>
      group.versions.map(({ groupVersion }) => groupVersion),
  )
  const lists = await Promise.all([
    read('/api/v1'),
    ...groups.map((version: string) => read(`/apis/${version}`)),
  ])
  const old = lists
    .flatMap((list) => list.resources)
    .map((one) => one.name)
    .filter((name: string) => !name.includes('/'))
  expect([...old].sort()).toEqual([...aggregated].sort())
  expect(old).toContain('endpointslices')
})

test('a watch that begins with everything says where the beginning ends', async () => {
  const { bytes } = await ask(
    '/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1',
  )
  const events = bytes
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.slice(0, 4).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED default',
    'ADDED kube-node-lease',
    'ADDED kube-public',
    'ADDED kube-system',
  ])
  expect(events[4]).toMatchObject({
    type: 'BOOKMARK',
    object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  })
})
