import { expect, test } from 'vitest'
import { LabWatch } from './watch.ts'

const node = { kind: 'node', name: 'n' } as const
const sshd = { kind: 'sshd', name: 'n' } as const

test('a part is stopped for as long as one of its processes is', () => {
  const stopped = new Set<number>()
  const watch = new LabWatch((pid) => stopped.has(pid))
  watch.follow(node, () => [1, 2])
  expect(watch.health().parts).toEqual([])
  stopped.add(2)
  const [first] = watch.health().parts
  expect(first).toMatchObject({ ...node, state: 'stopped', restarts: 0 })
  expect(watch.health().parts).toEqual([first])
  stopped.clear()
  expect(watch.health().parts).toEqual([])
})

test('what has ended is not stopped, whoever has its number now', () => {
  const watch = new LabWatch(() => true)
  watch.follow(node, () => [1])
  watch.ended(node)
  expect(watch.health().parts).toEqual([expect.objectContaining({ ...node, state: 'ended' })])
})

test('one that was brought back and is stopped has been brought back as often', () => {
  const watch = new LabWatch(() => true)
  watch.follow(sshd, () => [1])
  watch.returning(sshd)
  expect(watch.health().parts).toEqual([expect.objectContaining({ ...sshd, state: 'returning' })])
  watch.returned(sshd)
  expect(watch.health().parts).toEqual([expect.objectContaining({ ...sshd, state: 'stopped', restarts: 1 })])
})

test('of a node that is stopped its sshd is not told as well', () => {
  const watch = new LabWatch(() => true)
  watch.follow(sshd, () => [2])
  watch.follow(node, () => [1])
  expect(watch.health().parts).toEqual([expect.objectContaining({ ...node, state: 'stopped' })])
})
