import { expect, test, vi } from 'vitest'
import type { NodeFacts } from '../../kubernetes/facts.ts'
import type { Cluster } from '../access/connect.ts'
import { withReach } from './reach.ts'

const nodes = (count: number): readonly NodeFacts[] =>
  Array.from(
    { length: count },
    (_, i) => ({ name: `n${i}`, ready: true, labels: { zone: i < 3 ? 'a' : 'b' } }) as unknown as NodeFacts,
  )

/** Says that it was asked for something, and does nothing. */
const untouched = (): { readonly cluster: Cluster; readonly asked: () => boolean } => {
  const touch = vi.fn(() => Promise.reject(new Error('touched')))
  const api = new Proxy({}, { get: () => touch })
  return { cluster: { api, made: new Map() } as unknown as Cluster, asked: () => touch.mock.calls.length > 0 }
}

test.each([
  { count: 21, allowed: false, asks: [21], made: false, because: 'who says no has nothing made' },
  { count: 21, allowed: true, asks: [21], made: true, because: 'who says yes has agents on all of them' },
  { count: 20, allowed: false, asks: [], made: true, because: 'up to twenty nobody is asked' },
  {
    count: 500,
    allowed: false,
    asks: [],
    selector: { zone: 'a' },
    made: true,
    because: 'those that are left out do not count',
  },
])('agents on many nodes: $because', async ({ count, allowed, asks, selector, made }) => {
  const { cluster, asked } = untouched()
  const permit = vi.fn(() => Promise.resolve(allowed))
  const reach = { kind: 'agent', agent: {}, permit, ...(selector ? { nodeSelector: selector } : {}) } as const
  const ended = withReach(
    cluster,
    reach,
    { nodes: nodes(count), warn: () => undefined, left: () => undefined },
    () => Promise.resolve(),
  )
  const error: unknown = await ended.catch((one: unknown) => one)
  expect(permit.mock.calls.flat()).toEqual(asks)
  expect(asked()).toBe(made)
  if (!made)
    expect(error).toMatchObject({
      code: 'too-many-nodes',
      message: expect.stringContaining('--max-nodes 21'),
    })
})
