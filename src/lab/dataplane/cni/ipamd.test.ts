import { expect, test } from 'vitest'
import { defaultLab, planTopology } from '../../plan/topology.ts'
import {
  assign,
  attachAhead,
  attached,
  attachFor,
  coolingOf,
  detachable,
  detached,
  emptyPool,
  hasSurplus,
  release,
  type Pool,
} from './ipamd.ts'

const [node] = planTopology(defaultLab).nodes
if (node === undefined) throw new Error('the plan has no node')
const first = (): number => 0

/** Adds a pod as the node does: what it needs, its address, and what comes ahead. */
function add(pool: Pool, uid: string, now = 0): Pool {
  let next = attachFor(node!, pool, undefined).reduce((one, eni) => attached(one, eni, now), pool)
  next = assign(next, uid, undefined, now, first).pool
  return attachAhead(node!, next).reduce((one, eni) => attached(one, eni, now), next)
}
const fill = (count: number): Pool =>
  Array.from({ length: count }, (_, number) => `pod-${number}`).reduce(
    (pool, uid) => add(pool, uid),
    emptyPool(node!),
  )

test.each([
  { pods: 0, enis: 1 },
  { pods: 1, enis: 2 },
  { pods: 5, enis: 2 },
  { pods: 6, enis: 3 },
  { pods: 15, enis: 3 },
])('a t3.medium with $pods pods has $enis ENIs', ({ pods, enis }) => {
  expect(fill(pods).attached.length).toBe(enis)
})

test('a sixteenth pod gets no address', () => {
  expect(() => add(fill(15), 'one-more')).toThrow('failed to assign an IP address to container')
})

test('an address that a pod has left goes to no other for 30 s, and counts as free meanwhile', () => {
  const full = fill(15)
  const left = full.taken.get('pod-3')?.address
  const pool = release(full, 'pod-3', 1_000)
  expect(coolingOf(pool, 1_000)).toBe(1)
  expect(attachFor(node!, pool, undefined)).toEqual([])
  expect(() => assign(pool, 'next', undefined, 30_999, first)).toThrow('failed to assign')
  expect(assign(pool, 'next', undefined, 31_000, first).assignment.address).toBe(left)
})

test('an ENI that nothing needs is given back when it is a minute old and its addresses have cooled down', () => {
  const pool = release(fill(1), 'pod-0', 50_000)
  expect(hasSurplus(pool)).toBe(true)
  // The pod was on the primary ENI: only the second one's age counts.
  expect(detachable(pool, 59_999)).toBeUndefined()
  expect(detachable(pool, 60_000)?.deviceIndex).toBe(1)
  expect(hasSurplus(detached(pool, node!.enis[1]!))).toBe(false)
})

test('an ENI whose address cools down stays', () => {
  const last = (among: number): number => among - 1
  const one = attached(fill(0), node!.enis[1]!, 0)
  const { pool, assignment } = assign(one, 'pod', undefined, 0, last)
  expect(assignment.deviceIndex).toBe(1)
  const left = release(pool, 'pod', 100_000)
  expect(detachable(left, 129_999)).toBeUndefined()
  expect(detachable(left, 130_000)?.deviceIndex).toBe(1)
})

test('an ENI between two others can go, and is the next to come back', () => {
  let pool = fill(6)
  for (const uid of [...pool.taken.keys()]) pool = release(pool, uid, 0)
  const onThird = node!.enis[2]!.podAddresses[0]
  pool = assign(pool, 'kept', onThird, 100_000, first).pool
  const gone = detachable(pool, 100_000)
  expect(gone?.deviceIndex).toBe(1)
  pool = detached(pool, gone!)
  expect(detachable(pool, 100_000)).toBeUndefined()
  expect(attachFor(node!, pool, node!.enis[1]!.podAddresses[0])).toEqual([gone])
})
