import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createPlainServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ClusterError } from '../../src/cluster/api/cluster-error.ts'
import { connect } from '../../src/cluster/access/connect.ts'
import type { Cluster } from '../../src/cluster/access/connect.ts'
import { podRunner } from '../../src/cluster/agent/pod-runner.ts'
import { RunError } from '../../src/exec/run-error.ts'
import { createPki } from '../../src/lab/kubernetes/pki.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const pki = createPki({ now: Date.now() })
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'podpath-misbehaving-'))
})
afterAll(() => rm(home, { recursive: true }))

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

async function clusterAt(server: string, user: object = { token: 'secret' }): Promise<Cluster> {
  const file = join(home, `${Math.random().toString(36).slice(2)}.json`)
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server,
          'certificate-authority-data': Buffer.from(pki.certificateAuthority).toString('base64'),
        },
      },
    ],
    users: [{ name: 'u', user }],
  }
  await writeFile(file, JSON.stringify(config))
  const cluster = await connect({ kubeconfig: file, env: {} }, { timeoutMs: 300 })
  ends.unshift(async () => cluster.close())
  return cluster
}

/** A server that answers as the handler says, and a cluster that believes it is an API server. */
async function misbehaving(handler: Handler): Promise<Cluster> {
  const server = createServer({ cert: pki.certificate, key: pki.privateKey }, handler)
  return clusterAt(`https://127.0.0.1:${await listen(server)}`)
}

const status =
  (code: number, message: string, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(code, { 'Content-Type': 'application/json', ...headers })
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, message }))
  }

const errorOf = async (work: Promise<unknown>): Promise<ClusterError> => {
  const error: unknown = await work.then(
    () => new Error('it worked'),
    (e: unknown) => e,
  )
  if (!(error instanceof ClusterError)) throw error
  expect(error.message).not.toMatch(/\n/)
  return error
}

describe('an API server that does not answer as it should is one clear line', () => {
  test.each([
    {
      code: 401,
      message: 'Unauthorized',
      becomes: 'unauthorized',
      says: 'does not accept the credentials of context "test" (401)',
    },
    {
      code: 403,
      message: 'pods is forbidden: User "eve" cannot list resource "pods"',
      becomes: 'forbidden',
      says: 'not allowed to list pods with context "test" (403, pods is forbidden: User "eve" cannot list resource "pods")',
    },
    { code: 404, message: '', becomes: 'not-found', says: 'knows nothing of: list pods (404)' },
    { code: 422, message: 'bad field', becomes: 'refused', says: 'refuses to list pods (422, bad field)' },
    {
      code: 500,
      message: 'etcd',
      becomes: 'server-error',
      says: 'fails to list pods (500, etcd), after 4 tries: look at the API server',
    },
  ])('$code is $becomes', async ({ code, message, becomes, says }) => {
    const cluster = await misbehaving(status(code, message))
    const error = await errorOf(cluster.api.get('/api/v1/pods'))
    expect(error.code).toBe(becomes)
    expect(error.message).toContain(says)
  })

  test('429 is tried again when the server says, and no sooner', async () => {
    const asked: number[] = []
    const cluster = await misbehaving((request, response) => {
      asked.push(Date.now())
      if (asked.length < 2) status(429, 'slow down', { 'Retry-After': '1' })(request, response)
      else response.end('{"kind":"PodList","items":[]}')
    })
    expect(await cluster.api.get('/api/v1/pods')).toMatchObject({ kind: 'PodList' })
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(990)
  })

  test('429 for ever, or for too long, is given up', async () => {
    let asked = 0
    const cluster = await misbehaving((request, response) => {
      asked++
      status(429, 'slow down', { 'Retry-After': asked === 1 ? '0' : '3600' })(request, response)
    })
    expect(await errorOf(cluster.api.get('/api/v1/pods'))).toMatchObject({ code: 'throttled' })
    expect(asked).toBe(2)
  })

  test('a server error that passes is not noticed; a create is not repeated', async () => {
    let asked = 0
    const cluster = await misbehaving((request, response) => {
      if (++asked % 3 !== 0) status(500, 'leader election')(request, response)
      else response.end('{}')
    })
    expect(await cluster.api.get('/api/v1/pods')).toEqual({})
    asked = 0
    expect(await errorOf(cluster.api.create('/api/v1/namespaces', {}))).toMatchObject({
      code: 'server-error',
    })
    expect(asked).toBe(1)
  })

  test('one that never answers is a timeout, whether before or amid its answer', async () => {
    const silent = await misbehaving(() => undefined)
    expect(await errorOf(silent.api.get('/api/v1/pods'))).toMatchObject({ code: 'timeout' })
    const stuck = await misbehaving((_request, response) => void response.write('{"items": ['))
    expect(await errorOf(stuck.api.get('/api/v1/pods'))).toMatchObject({ code: 'timeout' })
  })

  test('an abort ends the waiting', async () => {
    const cluster = await misbehaving(() => undefined)
    const signal = AbortSignal.timeout(20)
    const controller = new AbortController()
    signal.addEventListener('abort', () => controller.abort())
    expect(await errorOf(cluster.api.get('/api/v1/pods', {}, { signal: controller.signal }))).toMatchObject({
      code: 'aborted',
    })
  })

  test('one that is no API server', async () => {
    const cluster = await misbehaving((_request, response) => void response.end('<html>hello</html>'))
    expect(await errorOf(cluster.api.get('/api/v1/pods'))).toMatchObject({ code: 'unexpected-answer' })
  })

  test('one that is not there', async () => {
    const server = createPlainServer()
    const port = await listen(server)
    await ends.pop()?.()
    const cluster = await clusterAt(`https://127.0.0.1:${port}`)
    const error = await errorOf(cluster.api.get('/api/v1/pods'))
    expect(error.code).toBe('unreachable')
    expect(error.message).toBe(
      `nothing listens at https://127.0.0.1:${port}: is the cluster up, and is --context right?`,
    )
  })

  test('one that speaks no TLS', async () => {
    const port = await listen(createPlainServer(() => undefined))
    const error = await errorOf((await clusterAt(`https://127.0.0.1:${port}`)).api.get('/api/v1/pods'))
    expect(error.code).toBe('tls')
    expect(error.message).toContain('does not speak TLS')
  })

  test('one with a certificate of somebody else', async () => {
    const other = createPki({ now: Date.now() })
    const server = createServer({ cert: other.certificate, key: other.privateKey }, status(200, ''))
    const error = await errorOf(
      (await clusterAt(`https://127.0.0.1:${await listen(server)}`)).api.get('/api/v1/pods'),
    )
    expect(error.code).toBe('tls')
    expect(error.message).toContain('not signed by the certificate-authority of the kubeconfig')
  })

  test('one that ends a watch amid a line loses nothing that was whole', async () => {
    const cluster = await misbehaving((_request, response) => {
      response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n{"type":"ADD')
      setTimeout(() => response.end(), 10)
    })
    const seen: unknown[] = []
    await cluster.api.watch('/api/v1/pods', {}, (event) => {
      seen.push(event)
      return false
    })
    expect(seen).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'a' } } }])
  })
})

describe('an exec that the server refuses is a RunError with the reason', () => {
  test.each([
    {
      code: 403,
      message: 'cannot create resource "pods/exec"',
      becomes: 'not-allowed',
      says: 'get pods/exec web-1 in namespace shop',
    },
    { code: 404, message: 'pods "web-1" not found', becomes: 'connection', says: 'pods "web-1" not found' },
    { code: 500, message: 'kubelet is gone', becomes: 'connection', says: 'kubelet is gone' },
  ])('$code is $becomes', async ({ code, message, becomes, says }) => {
    const server = createServer({ cert: pki.certificate, key: pki.privateKey })
    server.on('upgrade', (_request, socket) => {
      const body = JSON.stringify({ kind: 'Status', status: 'Failure', code, message })
      socket.end(`HTTP/1.1 ${code} No\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
    })
    const cluster = await clusterAt(`https://127.0.0.1:${await listen(server)}`)
    const runner = podRunner(cluster.api.access, { namespace: 'shop', pod: 'web-1', container: 'c' })
    const error: unknown = await runner.run(['true']).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(RunError)
    expect((error as RunError).failure.code).toBe(becomes)
    expect((error as RunError).message).toContain(says)
  })
})

describe('who we are', () => {
  const echo: Handler = (request, response) => {
    response.end(
      JSON.stringify({
        authorization: request.headers.authorization,
        as: request.headers['impersonate-user'],
      }),
    )
  }
  const credential = (status: object): string =>
    JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })
  const exec = (command: string, args: readonly string[]) => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args,
      installHint: 'install the AWS CLI',
    },
  })
  const ask = async (user: object): Promise<unknown> => {
    const server = createServer({ cert: pki.certificate, key: pki.privateKey }, echo)
    const cluster = await clusterAt(`https://127.0.0.1:${await listen(server)}`, user)
    return cluster.api.get('/api/v1/pods')
  }

  test.each([
    { because: 'a token', user: () => ({ token: 'secret' }), header: 'Bearer secret' },
    {
      because: 'a token file, which wins',
      user: () => ({ token: 'old', tokenFile: 'token' }),
      header: 'Bearer renewed',
    },
    {
      because: 'a name and a password',
      user: () => ({ username: 'a', password: 'b' }),
      header: 'Basic YTpi',
    },
    {
      because: 'a credential program',
      user: () => exec('printf', ['%s', credential({ token: 'from-a-program' })]),
      header: 'Bearer from-a-program',
    },
    {
      because: 'a credential program, which is told the version it should speak',
      user: () =>
        exec('sh', [
          '-c',
          `case $KUBERNETES_EXEC_INFO in *client.authentication.k8s.io/v1*) echo '${credential({ token: 'told' })}';; esac`,
        ]),
      header: 'Bearer told',
    },
  ])('$because', async ({ user, header }) => {
    await writeFile(join(home, 'token'), 'renewed\n')
    expect(await ask(user())).toMatchObject({ authorization: header })
  })

  test('somebody else, where the kubeconfig says so', async () => {
    expect(await ask({ token: 'secret', as: 'alice' })).toMatchObject({ as: 'alice' })
  })

  test.each([
    {
      user: exec('no-such-program-here', []),
      says: 'no-such-program-here of context "test" failed: it is not installed; install the AWS CLI',
    },
    {
      user: exec('sh', ['-c', 'echo the session has expired >&2; exit 255']),
      says: 'failed: the session has expired',
    },
    { user: exec('yes', []), says: 'failed: more than 1048576 octets of output' },
    {
      user: exec('echo', ['{'.repeat(10_000)]),
      says: 'failed: its answer is lists and objects lie more than 100 deep',
    },
    { user: exec('echo', ['hello']), says: "failed: its answer is not JSON: Unexpected token 'h'" },
  ])('a credential program that fails: $says', async ({ user, says }) => {
    const error = await errorOf(ask(user))
    expect(error.code).toBe('credentials')
    expect(error.message).toContain(says)
  })

  test('a certificate that is none', async () => {
    const error = await errorOf(
      clusterAt('https://127.0.0.1:1', {
        'client-certificate-data': 'bm9uZQ==',
        'client-key-data': 'bm9uZQ==',
      }),
    )
    expect(error.code).toBe('unreadable-kubeconfig')
  })
})
