import { describe, expect, test, vi } from 'vitest'
import type { Limits } from '../../edge/budget.ts'
import type { KubernetesApi, WatchEvent } from './api.ts'
import type { ApiList } from './list-pages.ts'
import { ClusterError } from './cluster-error.ts'
import { listWatch } from './list-watch.ts'

const pod = (name: string, version: string, phase = 'Running') => ({
  metadata: { uid: `uid-${name}`, name, resourceVersion: version },
  status: { phase },
})

/** What the server does to one watch: its events, then its end. */
type Watch = readonly Event[] | Error
type Event = Pick<WatchEvent, 'type' | 'object'>

/** An API server as far as a list and its watches go; when its script is over, a watch stays silent until it is aborted. */
function server(script: {
  readonly lists: readonly (ApiList | Error)[]
  readonly watches: readonly Watch[]
}) {
  const lists = [...script.lists]
  const watches = [...script.watches]
  const asked: string[] = []
  const silence = (signal?: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('aborted'))
      })
    })
  const api: Pick<KubernetesApi, 'list' | 'watch'> = {
    async list(_path, _query, options) {
      asked.push('list')
      const next = lists.shift()
      if (next === undefined) return silence(options?.signal)
      if (next instanceof Error) throw next
      return next
    },
    async watch(_path, query, onEvent, options) {
      asked.push(`watch ${String(query['resourceVersion'])}`)
      const next = watches.shift()
      if (next === undefined) return silence(options?.signal)
      if (next instanceof Error) throw next
      for (const event of next) if (onEvent({ ...event, cost: 1 })) return
    },
  }
  return { api: api as KubernetesApi, asked }
}

/** Runs the script to its end. */
async function run(script: Parameters<typeof server>[0], limits: Limits = {}) {
  const { api, asked } = server(script)
  const problems: (string | null)[] = []
  const end = new AbortController()
  const kept = listWatch(api, '/api/v1/pods', {
    signal: end.signal,
    firstPause: 1,
    longestPause: 2,
    limits,
    onChange: () => problems.push(kept.problem?.code ?? null),
  })
  const total = script.lists.length + script.watches.length
  await vi.waitFor(() => {
    expect(asked.length).toBeGreaterThan(total)
  })
  end.abort()
  const phases = Object.fromEntries(
    [...kept.objects.values()].map((one) => {
      const { metadata, status } = one as ReturnType<typeof pod>
      return [metadata.name, status.phase]
    }),
  )
  return { kept, asked, problems, phases }
}

describe('a collection that is kept', () => {
  test('is listed once and follows what is added, changed and deleted', async () => {
    const { phases, asked } = await run({
      lists: [{ items: [pod('a', '1'), pod('b', '2')], resourceVersion: '2' }],
      watches: [
        [
          { type: 'ADDED', object: pod('c', '3', 'Pending') },
          { type: 'MODIFIED', object: pod('c', '4') },
          { type: 'DELETED', object: pod('a', '5') },
        ],
      ],
    })
    expect(phases).toEqual({ b: 'Running', c: 'Running' })
    expect(asked).toEqual(['list', 'watch 2', 'watch 5'])
  })

  test('a bookmark moves the place where the next watch begins, and nothing else', async () => {
    const { asked, problems } = await run({
      lists: [{ items: [], resourceVersion: '1' }],
      watches: [[{ type: 'BOOKMARK', object: { metadata: { resourceVersion: '900' } } }]],
    })
    expect(asked).toEqual(['list', 'watch 1', 'watch 900'])
    expect(problems).toEqual([null])
  })

  test.each([
    {
      because: 'in the stream',
      gone: [{ type: 'ERROR', object: { code: 410, message: 'too old' } }] as readonly Event[],
    },
    { because: 'as the answer', gone: new ClusterError('gone', 'too old') },
  ])('410 Gone $because: it is listed again, and what went meanwhile is gone', async ({ gone }) => {
    const { phases, asked, problems } = await run({
      lists: [
        { items: [pod('a', '1'), pod('b', '1')], resourceVersion: '1' },
        { items: [pod('b', '7')], resourceVersion: '7' },
      ],
      watches: [gone],
    })
    expect(asked).toEqual(['list', 'watch 1', 'list', 'watch 7'])
    expect(phases).toEqual({ b: 'Running' })
    expect(problems.every((one) => one === null)).toBe(true)
  })

  test('a server that is out of reach is a problem until it answers again; what is known stays', async () => {
    const { kept, problems, phases } = await run({
      lists: [
        { items: [pod('a', '1')], resourceVersion: '1' },
        new ClusterError('unreachable', 'nobody there'),
        { items: [pod('a', '1')], resourceVersion: '1' },
      ],
      watches: [new ClusterError('unreachable', 'nobody there')],
    })
    expect(problems).toEqual([null, 'unreachable', 'unreachable', null])
    expect(kept.known).toBe(true)
    expect(phases).toEqual({ a: 'Running' })
  })

  test.each([
    {
      because: 'objects without end',
      limits: { objects: 3 },
      watch: [pod('b', '2'), pod('b', '3'), pod('c', '4'), pod('d', '5')],
      last: 'd',
    },
    {
      because: 'more than fits',
      limits: { 'octets as values': 2 },
      watch: [pod('b', '2'), pod('b', '3'), pod('c', '4'), pod('d', '5')],
      last: 'd',
    },
  ])('a watch that brings $because is a problem, and it is listed again', async ({ limits, watch, last }) => {
    const { problems, asked, phases } = await run(
      {
        lists: [
          { items: [pod('a', '1')], resourceVersion: '1' },
          { items: [], resourceVersion: '9' },
        ],
        watches: [watch.map((object) => ({ type: 'ADDED', object }))],
      },
      limits,
    )
    expect(phases).not.toHaveProperty(last)
    expect(problems).toContain('unexpected-answer')
    expect(asked).toEqual(['list', 'watch 1', 'list', 'watch 9'])
  })

  test('what goes makes room again', async () => {
    const { problems } = await run(
      {
        lists: [{ items: [pod('a', '1')], resourceVersion: '1' }],
        watches: [
          Array.from({ length: 20 }, (_, i): Event[] => [
            { type: 'ADDED', object: pod(`b${i}`, '2') },
            { type: 'DELETED', object: pod(`b${i}`, '3') },
          ]).flat(),
        ],
      },
      { objects: 2, 'octets as values': 1 },
    )
    expect(problems.every((one) => one === null)).toBe(true)
  })

  test('before the first list nothing is known', async () => {
    const { kept, problems } = await run({ lists: [new Error('what?')], watches: [] })
    expect([kept.known, kept.objects.size]).toEqual([false, 0])
    expect(problems).toEqual(['unexpected-answer'])
  })
})
