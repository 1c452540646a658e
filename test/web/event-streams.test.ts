import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TraceEvent } from '../../src/server/contract/trace.ts'
import { kubeconfigFor } from '../cluster/faulty-api.ts'
import { runtimeDirectory } from '../lab/lab.ts'
import { hostileServer, type HostileServer } from '../security/hostile-server.ts'
import { serveUi, type ServedPage } from './ui.ts'

/** The real server tells a page how each trace ended, however quickly that came. */

const runtime = runtimeDirectory()
let cluster: HostileServer
let served: ServedPage
let cookie: string
beforeAll(async () => {
  // Not before the page listens: what was read and why it fails are then told in one breath.
  cluster = await hostileServer((_request, response) => {
    setTimeout(() => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end('{"kind":"List","metadata":{"resourceVersion":"1"},"items":[]}')
    }, 60)
  })
  const kubeconfig = join(runtime, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigFor(cluster.origin))
  served = await serveUi(['--kubeconfig', kubeconfig], { runtime })
  const entered = await fetch(served.url, { redirect: 'manual' })
  cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
})
afterAll(async () => {
  await served?.end()
  await cluster?.stop()
  rmSync(runtime, { recursive: true, force: true })
})

const api = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${served.origin}/api/${path}`, {
    ...init,
    headers: { cookie, origin: served.origin, 'content-type': 'application/json' },
  })

/** All that the stream of one trace says before it ends. */
async function eventsOf(send: boolean): Promise<readonly TraceEvent[]> {
  const asked = { from: 'web', to: '192.0.2.1', protocol: 'icmp', count: 1, send, language: 'en' }
  const begun = await api('traces', { method: 'POST', body: JSON.stringify(asked) })
  expect(begun.status).toBe(202)
  const { id } = (await begun.json()) as { id: string }
  const text = await (await api(`traces/${id}/events`)).text()
  return (text.match(/(?<=^data: ).*$/gm) ?? []).map((line) => JSON.parse(line) as TraceEvent)
}

test('fifty failing traces, three at a time: each has its last event', async () => {
  const ends: string[] = []
  let turns = 50
  const worker = async (): Promise<void> => {
    while (turns-- > 0) {
      const last = (await eventsOf(turns % 2 === 0)).at(-1)
      ends.push(last?.kind === 'failed' ? `failed: ${last.code}` : (last?.kind ?? 'nothing'))
    }
  }
  await Promise.all([worker(), worker(), worker()])
  expect(ends).toEqual(Array(50).fill('failed: no-such-endpoint'))
})
