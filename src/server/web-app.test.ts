import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { TraceEvent } from './contract/trace.ts'
import type { Desk } from './desk.ts'
import { Ongoing } from './ongoing.ts'
import { RunShelf } from './run-shelf.ts'
import { TraceJobs } from './trace-jobs.ts'
import { createWebApp } from './web-app.ts'

const desk: Desk = {
  source: { kind: 'bundle', name: 'recorded', bundle: { index: emptyIndex(), files: new Map() } },
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

const ask = async (path: string, init: RequestInit = {}, changed: Partial<Desk> = {}) =>
  createWebApp({ ...desk, ...changed }).request(path, init)

test('a body that is longer than any question is not read', async () => {
  const headers = { 'content-length': '70000' }
  const answer = await ask('/api/nothing', { method: 'POST', headers, body: 'x'.repeat(70_000) })
  expect(answer.status).toBe(413)
})

test('what fails is said to the page, and printed nowhere', async () => {
  const shelf = new RunShelf(null)
  shelf.list = () => Promise.reject(new Error('the disk is gone\nline two'))
  const printed = vi.spyOn(console, 'error')
  const answer = await ask('/api/runs', {}, { shelf })
  expect([answer.status, await answer.json()]).toEqual([500, { code: 'failed', message: 'the disk is gone' }])
  expect(printed).not.toHaveBeenCalled()
})

test('a path of the interface that is none is refused as one', async () => {
  const answer = await ask('/api/nothing')
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not-found'])
})

describe('a page that asks for what cannot be', () => {
  /** An API server that has nothing, and one that cannot be reached. */
  const clusterThat = (error: Error): Partial<Desk> => {
    const fail = (): Promise<never> => Promise.reject(error)
    const api = { create: fail, remove: fail, patch: fail, get: fail, list: fail, watch: fail }
    return {
      mayChange: true,
      source: { kind: 'cluster', name: 'c', ec2: null, cluster: { api } } as unknown as Desk['source'],
    }
  }
  const empty = clusterThat(Object.assign(new Error('nothing of that name'), { code: 'not-found' }))
  const gone = clusterThat(Object.assign(new Error('it does not answer'), { code: 'unreachable' }))
  const directory = mkdtempSync(join(tmpdir(), 'podpath-runs-'))
  const shelf = new RunShelf(directory)
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })
  const post = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const remove: RequestInit = { method: 'DELETE' }
  const pod = { namespace: 'default', name: 'web', image: 'nginx', node: null }
  const scale = { namespace: 'default', name: 'web', replicas: 1 }

  test.each<[string, string, RequestInit, Partial<Desk>, number]>([
    ['a pod that cannot be called so', '/api/pods', post({ ...pod, name: 'Web 1' }), empty, 400],
    ['a pod with a path for a name', '/api/pods', post({ ...pod, name: '../../nodes/n' }), empty, 400],
    ['a namespace that cannot be', '/api/pods', post({ ...pod, namespace: 'a/b' }), empty, 400],
    ['a name that is too long', '/api/pods', post({ ...pod, name: 'x'.repeat(254) }), empty, 400],
    ['an image of blanks', '/api/pods', post({ ...pod, image: ' ' }), empty, 400],
    ['no image', '/api/pods', post({ ...pod, image: '' }), empty, 400],
    ['removing what cannot be', '/api/pods/default/Web%201', remove, empty, 400],
    ['removing a path', '/api/pods/default/..%2f..%2fnodes%2fn', remove, empty, 400],
    ['removing octets that are no text', '/api/pods/default/%ff', remove, empty, 400],
    ['removing NUL', '/api/pods/default/%00', remove, empty, 400],
    ['a deployment that cannot be', '/api/scale', post({ ...scale, name: '-' }), empty, 400],
    ['half a pod', '/api/scale', post({ ...scale, replicas: 0.5 }), empty, 400],
    ['a deployment that is not there', '/api/scale', post(scale), empty, 404],
    ['a namespace that is not there', '/api/pods', post(pod), empty, 404],
    ['a run with a path for a name', '/api/runs/..%2f..%2fetc%2fpasswd', {}, { shelf }, 404],
    ['a run of NUL', '/api/runs/%00/capture', {}, { shelf }, 404],
    [
      'a run with a name that no file has',
      `/api/runs/2026-01-01T${'1'.repeat(5000)}Z/report/svg`,
      {},
      { shelf },
      404,
    ],
    ['a pod of no snapshot', '/api/cluster/pods/%ff/%00', {}, empty, 409],
    ['a stack of no snapshot', '/api/stacks/tables?stack=%00', {}, empty, 409],
    ['a trace that is none', '/api/traces/%ff/events', {}, {}, 404],
    ['a cluster that does not answer', '/api/pods', post(pod), gone, 500],
  ])('%s', async (_, path, init, changed, status) => {
    expect((await ask(path, init, changed)).status).toBe(status)
  })
})

describe('the events of a trace', () => {
  type Tell = (event: TraceEvent) => void
  const say = (text: string): TraceEvent => ({ kind: 'progress', text })

  /** What a page is sent that reads when it is told to; `during`: what happens after its first reading and before the second. */
  async function sent(before: readonly TraceEvent[], during: (tell: Tell, end: () => void) => void) {
    const jobs = new TraceJobs(new AbortController().signal, new Ongoing())
    let end = (): void => undefined
    let tell: Tell = () => undefined
    const job = jobs.start((given) => {
      tell = given
      return new Promise((_, reject) => (end = () => reject(new Error('boom'))))
    })
    for (const event of before) tell(event)
    const answer = await ask(`/api/traces/${job?.id ?? ''}/events`, {}, { jobs })
    const reader = answer.body!.getReader()
    const read = async (): Promise<string | undefined> => {
      const { value } = await reader.read()
      return value && new TextDecoder().decode(value as Uint8Array)
    }
    const first = await read()
    during(tell, end)
    // Whatever can happen by itself has happened.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const all = [first ?? '']
    for (let text = await read(); text !== undefined; text = await read()) all.push(text)
    return all
      .join('')
      .match(/(?<=^data: ).*$/gm)
      ?.map((line) => JSON.parse(line) as TraceEvent)
  }

  const failed = { kind: 'failed', code: 'failed', message: 'boom' }

  test.each<{ because: string; before: readonly TraceEvent[]; during: Parameters<typeof sent>[1] }>([
    { because: 'while its page waits for more', before: [say('1')], during: (_tell, end) => end() },
    {
      because: 'while what came before is still on its way',
      before: [say('1'), say('2'), say('3')],
      during: (_tell, end) => end(),
    },
    {
      because: 'right behind another event',
      before: [say('1')],
      during: (tell, end) => {
        tell(say('2'))
        end()
      },
    },
  ])('come with the last one, when the trace fails $because', async ({ before, during }) => {
    const events = await sent(before, during)
    expect(events?.slice(0, before.length)).toEqual(before)
    expect(events?.at(-1)).toEqual(failed)
  })
})
