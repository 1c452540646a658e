import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Desk } from './desk.ts'
import { createGuard } from './guard.ts'
import { Ongoing } from './ongoing.ts'
import { RunShelf } from './run-shelf.ts'
import { TraceJobs } from './trace-jobs.ts'
import { createWebApp } from './web-app.ts'

const host = '127.0.0.1:4000'
const token = 'a-key-that-is-printed-once'
const desk: Desk = {
  source: { kind: 'bundle', name: 'recorded', bundle: { index: emptyIndex(), files: new Map() } },
  version: '1.2.3',
  mayChange: false,
  language: 'en',
  signal: new AbortController().signal,
  shelf: new RunShelf(null),
  jobs: new TraceJobs(new AbortController().signal, new Ongoing()),
  ongoing: new Ongoing(),
}

function emptyIndex() {
  return { version: 1, created: '2026-01-01T00:00:00Z', stacks: [], wires: [] } as const
}

function open(changed: Partial<Desk> = {}) {
  const guard = createGuard(() => 4000, token)
  const page = new Map([['/', { type: 'text/html', octets: new TextEncoder().encode('<p>page</p>') }]])
  const { app } = createWebApp({ ...desk, ...changed }, guard, page)
  const ask = async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { host, ...headers } })
  const enter = async (): Promise<string> => {
    const answer = await ask(`/?token=${token}`)
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  }
  return { ask, enter }
}

// Most of podpath, which the test runner translates first.
beforeAll(() => import('./routes/later-routes.ts'), 60_000)

describe('the printed address', () => {
  test('gives a cookie that no script reads and no other site brings, and the page then opens', async () => {
    const { ask } = open()
    const answer = await ask(`/?token=${token}`)
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^podpath-4000=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(token)
    const page = await ask('/', { cookie: cookie.split(';')[0] ?? '' })
    expect([page.status, await page.text()]).toEqual([200, '<p>page</p>'])
  })

  test.each([
    { because: 'the browser was given it', site: 'none', text: '<p>page</p>' },
    {
      because: 'a link led to it: a Strict cookie comes with the next step',
      site: 'cross-site',
      text: 'refresh',
    },
  ])('leads to the page at once where no other page led to it: $because', async ({ site, text }) => {
    const { ask } = open()
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }
    const answer = await ask(`/?token=${token}`, headers)
    expect(answer.headers.get('set-cookie')).toContain('podpath-4000=')
    expect(await answer.text()).toContain(text)
  })

  test('works once: whoever finds it later in a history or a log is refused', async () => {
    const { ask, enter } = open()
    await enter()
    const again = await ask(`/?token=${token}`)
    expect(again.status).toBe(403)
    expect(again.headers.get('set-cookie')).toBeNull()
  })

  test('opens again in the browser that used it', async () => {
    const { ask, enter } = open()
    const cookie = await enter()
    expect((await ask(`/?token=${token}`, { cookie })).status).toBe(200)
  })
})

describe.each([
  { because: 'no key at all', headers: {}, key: false },
  {
    because: 'a wrong cookie',
    headers: { cookie: 'podpath-4000=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    key: false,
  },
  {
    because: 'a name that resolves to us (DNS rebinding)',
    headers: { host: 'evil.example:4000' },
    key: true,
  },
  { because: 'no port in the host', headers: { host: '127.0.0.1' }, key: true },
  { because: 'another page’s script', headers: { origin: 'http://evil.example' }, key: true },
  { because: 'another port of this machine', headers: { origin: 'http://127.0.0.1:4001' }, key: true },
  { because: 'a sandboxed frame', headers: { origin: 'null' }, key: true },
  {
    because: 'a browser that says it asks for another site',
    headers: { 'sec-fetch-site': 'cross-site' },
    key: true,
  },
])('$because', ({ headers, key }) => {
  test.each(['/api/session', '/', '/api/nothing', '/assets/index.js'])('is refused at %s', async (path) => {
    const { ask, enter } = open()
    const cookie: Record<string, string> = key ? { cookie: await enter() } : {}
    const answer = await ask(path, { ...cookie, ...headers })
    expect(answer.status).toBe(403)
    expect(await answer.text()).not.toContain('recorded')
  })
})

test('a change without an Origin is refused: every browser sends one', async () => {
  const { ask, enter } = open()
  const cookie = await enter()
  expect((await ask('/api/nothing', { cookie }, { method: 'POST' })).status).toBe(403)
  const asked = await ask('/api/nothing', { cookie, origin: `http://${host}` }, { method: 'POST' })
  expect(asked.status).toBe(404)
})

test('a body that is longer than any question is not read', async () => {
  const { ask, enter } = open()
  const headers = { cookie: await enter(), origin: `http://${host}`, 'content-length': '70000' }
  const answer = await ask('/api/nothing', headers, { method: 'POST', body: 'x'.repeat(70_000) })
  expect(answer.status).toBe(413)
})

test('every answer forbids inline scripts, frames, and keeping it', async () => {
  const { ask, enter } = open()
  for (const answer of [await ask('/'), await ask('/api/session', { cookie: await enter() })]) {
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
  }
})

test('what fails is said to the page, and printed nowhere', async () => {
  const shelf = new RunShelf(null)
  shelf.list = () => Promise.reject(new Error('the disk is gone\nline two'))
  const printed = vi.spyOn(console, 'error')
  const { ask, enter } = open({ shelf })
  const answer = await ask('/api/runs', { cookie: await enter() })
  expect([answer.status, await answer.json()]).toEqual([500, { code: 'failed', message: 'the disk is gone' }])
  expect(printed).not.toHaveBeenCalled()
})

test('a path of the interface that is none is refused as one', async () => {
  const { ask, enter } = open()
  const answer = await ask('/api/nothing', { cookie: await enter() })
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not-found'])
})

test('the session says what is looked at', async () => {
  const { ask, enter } = open()
  const answer = await ask('/api/session', { cookie: await enter() })
  expect(await answer.json()).toEqual({
    version: '1.2.3',
    source: { kind: 'bundle', name: 'recorded' },
    live: false,
    mayChange: false,
    language: 'en',
  })
})
