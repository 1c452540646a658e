import { once } from 'node:events'
import { createServer, request, type OutgoingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { frontDoor, type BehindTheDoor } from './front-door.ts'
import { createGuard } from './guard.ts'

const token = 'a-key-that-is-printed-once'
const answered: RequestListener = (asked, response) =>
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(`"answered ${asked.method}"`)

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A server on a socket of its own. */
async function open(behind: Partial<BehindTheDoor> = {}) {
  const page = new Map([['/', { type: 'text/html', octets: new TextEncoder().encode('<p>page</p>') }]])
  let port = 0
  const server = createServer(
    frontDoor(
      createGuard(() => port, token),
      { page, first: new Map(), rest: () => Promise.resolve(answered), ...behind },
    ),
  )
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  port = (server.address() as AddressInfo).port
  const ask = async (path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers: { ...headers }, agent: false })
    asked.end()
    const [answer] = await once(asked, 'response')
    const kept = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) kept.set(name, String(value))
    return { status: answer.statusCode, headers: kept, text: await textOf(answer) }
  }
  const enter = async (): Promise<string> => {
    const answer = await ask(`/?token=${token}`)
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  }
  return { ask, enter, port, origin: `http://127.0.0.1:${port}` }
}

describe('the printed address', () => {
  test('gives a cookie that no script reads and no other site brings, and the page then opens', async () => {
    const { ask, port } = await open()
    const cookie = (await ask(`/?token=${token}`)).headers.get('set-cookie') ?? ''
    const [name, value] = (cookie.split(';')[0] ?? '').split('=')
    expect(name).toBe(`podpath-${port}`)
    expect(value).toMatch(/^[\w-]{32}$/)
    expect(cookie).toBe(`${name}=${value}; Path=/; HttpOnly; SameSite=Strict`)
    expect(cookie).not.toContain(token)
    expect(await ask('/', { cookie: `other=1; ${name}=${value}` })).toMatchObject({
      status: 200,
      text: '<p>page</p>',
    })
  })

  test.each([
    { because: 'the browser was given it', site: 'none', shown: '<p>page</p>' },
    {
      because: 'a link led to it: a Strict cookie comes with the next step',
      site: 'cross-site',
      shown: 'refresh',
    },
  ])('leads to the page at once where no other page led to it: $because', async ({ site, shown }) => {
    const { ask } = await open()
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }
    const answer = await ask(`/?token=${token}`, headers)
    expect(answer.headers.get('set-cookie')).toContain('podpath-')
    expect(answer.text).toContain(shown)
  })

  test('works once: whoever finds it later in a history or a log is refused', async () => {
    const { ask, enter } = await open()
    await enter()
    const again = await ask(`/?token=${token}`)
    expect(again.status).toBe(403)
    expect(again.headers.get('set-cookie')).toBeNull()
  })

  test('opens again in the browser that used it', async () => {
    const { ask, enter } = await open()
    const cookie = await enter()
    expect((await ask(`/?token=${token}`, { cookie })).status).toBe(200)
  })

  test.each([
    { because: 'a wrong token', path: '/?token=no', method: 'GET' },
    { because: 'another path', path: `/index.html?token=${token}`, method: 'GET' },
    { because: 'the interface', path: `/api/session?token=${token}`, method: 'GET' },
    { because: 'a change', path: `/?token=${token}`, method: 'POST' },
  ])('opens nothing with $because, and is not spent by it', async ({ path, method }) => {
    const { ask, enter, origin } = await open()
    const answer = await ask(path, { origin }, method)
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null])
    expect(await enter()).not.toBe('')
  })
})

describe.each([
  { because: 'no key at all', headers: {}, key: false },
  {
    because: 'a name that resolves to us (DNS rebinding)',
    headers: { host: 'evil.example:4000' },
    key: true,
  },
  { because: 'no port in the host', headers: { host: '127.0.0.1' }, key: true },
  { because: 'another page’s script', headers: { origin: 'http://evil.example' }, key: true },
  { because: 'another port of this machine', headers: { origin: 'http://127.0.0.1:1' }, key: true },
  { because: 'a sandboxed frame', headers: { origin: 'null' }, key: true },
  {
    because: 'a browser that says it asks for another site',
    headers: { 'sec-fetch-site': 'cross-site' },
    key: true,
  },
])('$because', ({ headers, key }) => {
  test.each(['/api/session', '/', '/api/nothing', '/assets/index.js', '//api/session'])(
    'is refused at %s',
    async (path) => {
      const { ask, enter } = await open()
      const cookie: OutgoingHttpHeaders = key ? { cookie: await enter() } : {}
      const answer = await ask(path, { ...cookie, ...headers })
      expect(answer.status).toBe(403)
      expect(answer.text).not.toMatch(/answered|page</)
    },
  )
})

test('a wrong cookie is refused and forgotten', async () => {
  const { ask, port } = await open()
  const answer = await ask('/', { cookie: `podpath-${port}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA` })
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([
    403,
    `podpath-${port}=; Path=/; Max-Age=0`,
  ])
})

test('a change without an Origin is refused: every browser sends one', async () => {
  const { ask, enter, origin } = await open()
  const cookie = await enter()
  expect((await ask('/api/nothing', { cookie }, 'POST')).status).toBe(403)
  expect((await ask('/api/nothing', { cookie, origin }, 'POST')).text).toBe('"answered POST"')
})

test('a path that is none is refused: as text to a reader, as JSON to the page', async () => {
  const rest = () => Promise.reject(new Error('half a file\nline two'))
  const { ask, enter, origin } = await open({ rest })
  const cookie = await enter()
  expect(await ask('/nothing', { cookie })).toMatchObject({
    status: 404,
    text: 'podpath: there is no /nothing here\n',
  })
  expect(await ask('/', { cookie, origin }, 'POST')).toMatchObject({ status: 404 })
  const failed = await ask('/api/session', { cookie })
  expect([failed.status, JSON.parse(failed.text)]).toEqual([500, { code: 'failed', message: 'half a file' }])
})

test('the page and what it asks first do not wait for the rest, which is read after them', async () => {
  let read: (listener: RequestListener) => void = () => undefined
  const reading = new Promise<RequestListener>((resolve) => (read = resolve))
  const rest = vi.fn(() => reading)
  const { ask, enter } = await open({ rest, first: new Map([['/api/session', () => Promise.resolve({})]]) })
  const cookie = await enter()
  const traces = ask('/api/traces', { cookie })
  expect((await ask('/', { cookie })).text).toBe('<p>page</p>')
  expect(rest).toHaveBeenCalledTimes(1)
  expect((await ask('/api/session', { cookie })).text).toBe('{}')
  await vi.waitFor(() => expect(rest).toHaveBeenCalledTimes(2))
  read(answered)
  expect((await traces).text).toBe('"answered GET"')
})

test('every answer forbids inline scripts, frames, and keeping it', async () => {
  const { ask, enter } = await open()
  const cookie = await enter()
  for (const answer of [await ask('/'), await ask('/', { cookie }), await ask('/api/session', { cookie })]) {
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
  }
})
