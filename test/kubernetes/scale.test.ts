import { expect, test } from 'vitest'
import { startControlPlane } from '../../src/lab/kubernetes/control-plane.ts'
import { createPki } from '../../src/lab/kubernetes/pki.ts'
import { deployments, events, pods } from '../../src/lab/kubernetes/resources.ts'
import { deleteObject } from '../../src/lab/kubernetes/deletion.ts'
import { systemClock } from '../../src/lab/kubernetes/clock.ts'
import { InstantSandboxes } from './namespace-sandboxes.ts'
import { controlPlaneOptions, nodes } from './test-cluster.ts'

const start = (maxPods: number) => {
  const errors: unknown[] = []
  const sandboxes = new InstantSandboxes()
  const pki = createPki({ now: Date.now() })
  const options = controlPlaneOptions(pki, 'token', sandboxes, (error) => errors.push(error))
  const plane = startControlPlane({
    ...options,
    nodes: nodes.map((node) => ({ ...node, maxPods, memoryMiB: 32_768 })),
  })
  return { plane, sandboxes, errors }
}

test('a control plane gets all its pods ready, and another one after it in the same process', async () => {
  for (const round of [1, 2]) {
    const { plane, errors } = start(17)
    await plane.ready
    await plane.stop()
    expect(errors, `round ${round}`).toEqual([])
  }
})

test('a thousand pods come and go: each is told of once, and nothing of them stays', async () => {
  const { plane, sandboxes, errors } = start(400)
  await plane.ready
  const { store } = plane
  const before = sandboxes.uids.size
  const added = new Set<string>()
  const deleted = new Set<string>()
  store.subscribe(pods, ({ type, object: { metadata } }) => {
    if (type === 'ADDED') expect(added.has(metadata.uid)).toBe(false)
    if (type === 'ADDED') added.add(metadata.uid)
    if (type === 'DELETED') deleted.add(metadata.uid)
  })
  const scale = (replicas: number) =>
    store.update(deployments, 'default', 'netshoot-pod', (one) => ({
      ...one,
      spec: { ...one.spec, replicas },
    }))
  scale(1003)
  await expect
    .poll(() => store.find(deployments, 'default', 'netshoot-pod')?.status?.readyReplicas, {
      timeout: 60_000,
    })
    .toBe(1003)
  expect(added.size).toBe(1000)
  const perNode = nodes.map(({ name }) => store.list(pods).filter((pod) => pod.spec.nodeName === name).length)
  expect(Math.max(...perNode) - Math.min(...perNode)).toBeLessThanOrEqual(3)
  deleteObject(store, systemClock, deployments, 'default', 'netshoot-pod', {})
  await expect.poll(() => store.list(pods, 'default').length, { timeout: 60_000 }).toBe(0)
  expect(deleted.size).toBe(1003)
  await expect.poll(() => sandboxes.uids.size).toBe(before - 3)
  expect(store.list(events).length).toBeLessThanOrEqual(4000)
  await plane.stop()
  expect(errors).toEqual([])
})
