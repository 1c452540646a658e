import { afterAll, beforeAll, expect } from 'vitest'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** A cluster for the tests of one file, and the real kubectl for it. Needs root (network namespaces) and kubectl. */

/** Started before the first test of the file that imports this, and stopped after its last. */
export let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(async () => {
  await cluster.stop()
  expect(cluster.errors).toEqual([])
})

export const [node1, node2, node3] = ['1-138', '2-77', '3-20'].map(
  (end) => `ip-192-168-${end}.ap-northeast-2.compute.internal`,
) as [string, string, string]

export const podNames = async (): Promise<readonly string[]> =>
  (await cluster.kubectl('get pods -l app=netshoot-pod -o name')).stdout
    .trim()
    .replaceAll('pod/', '')
    .split('\n')
