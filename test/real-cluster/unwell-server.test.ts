import { describe, expect, test } from 'vitest'
import { complaints, realCluster } from './cluster.ts'

const cluster = realCluster('real-server')
const { left, spoiled } = cluster

describe('an API server that is not well', () => {
  test.each([
    { fault: { status: 401, message: 'Unauthorized' }, says: 'wants credentials (401)' },
    {
      fault: { status: 403, message: 'nodes is forbidden: User "eve" cannot list resource "nodes"' },
      says: 'not allowed to list nodes',
    },
    { fault: { status: 429, headers: { 'Retry-After': '3600' } }, says: 'has too much to do' },
    { fault: { status: 500, message: 'etcdserver: leader changed' }, says: 'etcdserver: leader changed' },
    { fault: 'hang' as const, says: 'does not answer' },
  ])('$fault is one line and exit 3', async ({ fault, says }) => {
    cluster.faulty.spoil(({ path }) => (path.startsWith('/api/v1/nodes') ? fault : undefined))
    const ended = await spoiled('verify')
    expect(ended.status).toBe(3)
    expect(complaints(ended)).toHaveLength(1)
    expect(complaints(ended)[0]).toContain(says)
  })

  test('that is busy for a moment, everywhere, is not noticed', async () => {
    const seen = new Map<string, number>()
    cluster.faulty.spoil(({ method, path }) => {
      const key = `${method} ${path.split('?')[0]}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
      return seen.get(key) === 1 ? { status: 429, headers: { 'Retry-After': '0' } } : undefined
    })
    const ended = await spoiled('verify', '--json')
    expect({ status: ended.status, complaints: complaints(ended) }).toEqual({ status: 0, complaints: [] })
    expect(await left()).toBe('')
  })

  test('that refuses every exec: one line, exit 3, and nothing is left', async () => {
    cluster.faulty.spoil(({ path }) =>
      path.includes('/exec') ? { status: 500, message: 'no kubelet' } : undefined,
    )
    const ended = await spoiled('verify')
    expect(ended.status).toBe(3)
    expect(complaints(ended)).toHaveLength(1)
    expect(await left()).toBe('')
  })
})
