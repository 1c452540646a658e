import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createPki } from '../../src/lab/kubernetes/pki.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { podpath } from '../lab/podpath.ts'
import { hostileServer, type HostileServer } from './hostile-server.ts'

/** Who listens on the way, or at another server than was meant, gets no credential. kubectl shows what is expected. */

const pki = createPki({ now: Date.now() })
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const authority = { 'certificate-authority-data': base64(pki.certificateAuthority) }
const runtime = runtimeDirectory()
const marker = join(runtime, 'the-program-ran')
const secret = 'secret-42'

beforeAll(() => {
  mkdirSync(join(runtime, 'home'))
  writeFileSync(join(runtime, 'token'), secret)
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

const servers: HostileServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  rmSync(marker, { force: true })
})
async function serve(...args: Parameters<typeof hostileServer>): Promise<HostileServer> {
  const server = await hostileServer(...args)
  servers.push(server)
  return server
}

const emptyList = '{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[]}'
const lists: Parameters<typeof hostileServer>[0] = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end(emptyList)
}

const program = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'sh',
  args: [
    '-c',
    `touch ${marker}; echo '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: secret } })}'`,
  ],
  interactiveMode: 'Never',
}

/** What a user entry says, and what a server that may know it is told. */
const users = [
  { because: 'a token', user: { token: secret }, told: `Bearer ${secret}` },
  { because: 'a token file', user: { tokenFile: join(runtime, 'token') }, told: `Bearer ${secret}` },
  {
    because: 'a password',
    user: { username: 'u', password: secret },
    told: `Basic ${base64(`u:${secret}`)}`,
  },
  { because: 'a program', user: { exec: program }, told: `Bearer ${secret}` },
]

const ours = async (kubeconfig: string, ...more: readonly string[]) =>
  podpath(['cleanup', '--dry-run', '--kubeconfig', kubeconfig, ...more], { runtime })

/** The same by kubectl: what its server sees is what ours may see. */
const kubectls = (kubeconfig: string, ...more: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const words = ['get', '--raw', '/api/v1/namespaces', '--kubeconfig', kubeconfig, ...more]
    const env = { PATH: process.env['PATH'], HOME: join(runtime, 'home') }
    execFile('kubectl', words, { env, timeout: 20_000 }, (_error, _stdout, stderr) => {
      resolve(stderr)
    })
  })

function kubeconfig(server: string, cluster: object, user: object): string {
  const file = join(runtime, 'kubeconfig')
  writeFileSync(file, kubeconfigFor(server, cluster, user))
  return file
}

const credentialsIn = (headers: readonly IncomingHttpHeaders[]): readonly string[] => [
  ...new Set(headers.map(({ authorization }) => authorization ?? 'none')),
]
const seenBy = ({ asked }: HostileServer): readonly string[] =>
  credentialsIn(asked.map(({ headers }) => headers))

describe('over http://', () => {
  test.each(users)('$because is not sent, by kubectl neither', async ({ user }) => {
    const [one, other] = [await serve(lists), await serve(lists)]
    const ended = await ours(kubeconfig(one.origin, {}, user))
    expect(ended.status, ended.stderr).toBe(0)
    await kubectls(kubeconfig(other.origin, {}, user))
    expect(seenBy(one)).toEqual(['none'])
    expect(seenBy(other)).toEqual(['none'])
    expect(existsSync(marker)).toBe(false)
  })

  test('a password in the address is neither sent nor shown', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(500)
      response.end()
    })
    const ended = await ours(kubeconfig(server.origin.replace('//', `//u:${secret}@`), {}, {}))
    expect(seenBy(server)).toEqual(['none'])
    expect(ended.stderr).toMatch(/fails to list/)
    expect(ended.stdout + ended.stderr).not.toContain(secret)
  })

  test('a key that cannot be read is not asked for', async () => {
    const server = await serve(lists)
    const ended = await ours(
      kubeconfig(server.origin, {}, { 'client-certificate': '/nowhere/cert', 'client-key': '/nowhere/key' }),
    )
    expect(ended.status, ended.stderr).toBe(0)
  })

  test('whom to act as is said, as by kubectl', async () => {
    const [one, other] = [await serve(lists), await serve(lists)]
    await ours(kubeconfig(one.origin, {}, { token: secret }), '--as', 'alice')
    await kubectls(kubeconfig(other.origin, {}, { token: secret }), '--as', 'alice')
    for (const { asked } of [one, other])
      expect(new Set(asked.map(({ headers }) => headers['impersonate-user']))).toEqual(new Set(['alice']))
  })

  test('a server that wants one is told why it gets none', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(401, { 'Content-Type': 'application/json' })
      response.end('{"kind":"Status","code":401}')
    })
    const ended = await ours(kubeconfig(server.origin, {}, { token: secret }))
    expect(ended.status).toBe(3)
    expect(ended.stderr).toBe(
      `podpath: ${server.origin} wants credentials (401), and over http:// podpath sends none, as kubectl does not: give its https:// address\n`,
    )
  })
})

describe('over https://', () => {
  test.each(users)(
    '$because is sent to the server that its authority vouches for',
    async ({ user, told }) => {
      const server = await serve(lists, pki)
      const ended = await ours(kubeconfig(server.origin, authority, user))
      expect(ended.status, ended.stderr).toBe(0)
      expect(seenBy(server)).toEqual([told])
    },
  )

  test('a password in the address is sent as one, and not shown', async () => {
    const server = await serve(lists, pki)
    const ended = await ours(kubeconfig(server.origin.replace('//', `//u:${secret}@`), authority, {}))
    expect(ended.status, ended.stderr).toBe(0)
    expect(seenBy(server)).toEqual([`Basic ${base64(`u:${secret}`)}`])
    await server.stop()
    const gone = await ours(kubeconfig(server.origin.replace('//', `//u:${secret}@`), authority, {}))
    expect(gone.stderr).toMatch(/nothing listens at https:\/\/127/)
    expect(gone.stdout + gone.stderr).not.toContain(secret)
  })

  test.each(users)('$because is sent to nobody else', async ({ user }) => {
    const server = await serve(lists, createPki({ now: Date.now() }))
    const ended = await ours(kubeconfig(server.origin, authority, user))
    expect(ended.status).toBe(3)
    expect(ended.stderr).toMatch(/cannot be trusted: its certificate is not signed/)
    expect(server.asked).toEqual([])
  })

  test.each(users)(
    '$because is sent to whomever with insecure-skip-tls-verify, as by kubectl',
    async ({ user, told }) => {
      const strangers = createPki({ now: Date.now() })
      const [one, other] = [await serve(lists, strangers), await serve(lists, strangers)]
      const cluster = { 'insecure-skip-tls-verify': true }
      const ended = await ours(kubeconfig(one.origin, cluster, user))
      expect(ended.status, ended.stderr).toBe(0)
      await kubectls(kubeconfig(other.origin, cluster, user))
      expect(seenBy(one)).toEqual([told])
      expect(seenBy(other)).toEqual([told])
    },
  )

  test('insecure-skip-tls-verify beside an authority is refused, as by kubectl', async () => {
    const server = await serve(lists, pki)
    const file = kubeconfig(
      server.origin,
      { ...authority, 'insecure-skip-tls-verify': true },
      { token: secret },
    )
    const ended = await ours(file)
    expect(ended.status).toBe(2)
    expect(ended.stderr).toMatch(/has a certificate-authority and insecure-skip-tls-verify, which contradict/)
    expect(await kubectls(file)).toMatch(/insecure flag is not allowed/)
    expect(server.asked).toEqual([])
  })

  test.each([
    { because: 'another server', to: (other: HostileServer) => other.origin },
    {
      because: 'the same in clear',
      to: (_other: HostileServer, path: string) => `http://127.0.0.1:1${path}`,
    },
  ])('a redirection to $because is not followed', async ({ to }) => {
    const other = await serve(lists)
    const server = await serve((request, response) => {
      response.writeHead(307, { Location: to(other, request.url ?? '') })
      response.end()
    }, pki)
    const ended = await ours(kubeconfig(server.origin, authority, { token: secret }))
    expect(ended.status).toBe(3)
    expect(ended.stderr).toMatch(
      /sends whoever would list .* elsewhere \(307\), which podpath does not follow/,
    )
    expect(other.asked).toEqual([])
  })
})

test.each(users)('a proxy hears where to, and not $because', async ({ user }) => {
  const heard: string[] = []
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (octets) => {
      heard.push(octets.toString('latin1'))
      socket.end('HTTP/1.1 502 No\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    for (const server of ['https://api.example:6443', 'http://api.example:8080'])
      await ours(kubeconfig(server, { 'proxy-url': url }, user))
    expect(heard.filter((one) => one.startsWith('CONNECT api.example:6443 '))).not.toEqual([])
    expect(heard.filter((one) => /^(GET http:\/\/|CONNECT )api.example:8080/.test(one))).not.toEqual([])
    for (const one of heard) {
      expect(one.toLowerCase()).not.toMatch(/^authorization:/m)
      expect(one).not.toContain(secret)
    }
  } finally {
    proxy.close()
  }
})
