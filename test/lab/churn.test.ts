import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { join } from 'node:path'
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  makeInformer,
  type V1Pod,
  type V1Status,
} from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCutProxy, type CutProxy } from './cut-proxy.ts'
import { sizeOfDaemon, type DaemonSize } from './daemon-size.ts'
import { labUp, type TestLab } from './lab.ts'

/**
 * Needs root. A real lab under a client that watches while a thousand pods come and go and its wire is cut.
 * PODPATH_ROUNDS=20 goes on for longer and shows whether the daemon grows.
 */
const rounds = Number(process.env['PODPATH_ROUNDS'] ?? 1)
const replicas = 1000
const namespace = 'default'

let lab: TestLab
let wire: CutProxy
let config: KubeConfig
beforeAll(async () => {
  lab = await labUp()
  const file = readFileSync(join(lab.where.runtime, 'default/kubeconfig'), 'utf8')
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(file)?.[1])
  wire = await startCutProxy(port)
  config = new KubeConfig()
  config.loadFromString(file.replace(`127.0.0.1:${port}`, `127.0.0.1:${wire.port}`))
})
afterAll(async () => {
  await wire.close()
  expect((await lab.down()).status).toBe(0)
})

/** What an informer has seen of pods, each by its uid. */
function watchPods() {
  const core = config.makeApiClient(CoreV1Api)
  const informer = makeInformer<V1Pod>(config, `/api/v1/namespaces/${namespace}/pods`, () =>
    core.listNamespacedPod({ namespace }),
  )
  const seen = { added: new Map<string, number>(), deleted: new Map<string, number>(), errors: 0 }
  const count = (where: Map<string, number>) => (pod: V1Pod) => {
    const uid = pod.metadata?.uid ?? ''
    where.set(uid, (where.get(uid) ?? 0) + 1)
  }
  let stopped = false
  informer.on('add', count(seen.added))
  informer.on('delete', count(seen.deleted))
  informer.on('error', () => {
    seen.errors++
    setTimeout(() => {
      // As any controller does: start again from where it was.
      if (!stopped) void informer.start()
    }, 50)
  })
  return {
    informer,
    seen,
    core,
    async stop() {
      stopped = true
      await informer.stop()
    },
  }
}

const deployment = {
  metadata: { name: 'many' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'many' } },
    template: {
      metadata: { labels: { app: 'many' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'pause' }] },
    },
  },
}

const settled = { timeout: 100_000, interval: 200 }

/** Makes a thousand pods and deletes them, with the wire cut on the way up and on the way down. */
async function round(): Promise<void> {
  const { informer, seen, core, stop } = watchPods()
  await informer.start()
  const before = new Set(seen.added.keys())
  // Straight to the lab: only the watcher's wire is cut.
  await lab.kubectl('create', 'deployment', 'many', '--image=pause', '--replicas=0')
  await lab.kubectl('patch', 'deployment', 'many', '-p', JSON.stringify({ spec: deployment.spec }))
  await expect.poll(() => seen.added.size - before.size, settled).toBeGreaterThan(replicas / 4)
  expect(wire.cut()).toBeGreaterThan(0)
  await expect.poll(() => seen.added.size - before.size, settled).toBe(replicas)
  const running = async (): Promise<number> =>
    (
      await config
        .makeApiClient(AppsV1Api)
        .readNamespacedDeployment({ namespace, name: 'many' })
        .catch(() => undefined)
    )?.status?.readyReplicas ?? 0
  // 17 pods a node, without six of the host network, two of CoreDNS and three of the tutorial.
  await expect.poll(running, settled).toBe(40)
  await lab.kubectl('delete', 'deployment', 'many', '--wait=false')
  await expect.poll(() => seen.deleted.size, settled).toBeGreaterThan(replicas / 4)
  wire.cut()
  await expect.poll(() => seen.deleted.size, settled).toBe(replicas)
  const { items } = await core.listNamespacedPod({ namespace })
  const uids = (pods: readonly V1Pod[]): readonly string[] =>
    pods.map(({ metadata }) => metadata?.uid ?? '').toSorted()
  expect(uids(informer.list()), 'the informer knows what there is').toEqual(uids(items))
  await stop()
  expect(
    [...seen.deleted.values()].every((times) => times === 1),
    'each deletion is told once',
  ).toBe(true)
  expect(
    [...seen.added.values()].every((times) => times === 1),
    'each pod is told of once',
  ).toBe(true)
  expect(
    [...before].some((uid) => seen.deleted.has(uid)),
    'the others stayed',
  ).toBe(false)
  expect(seen.errors, 'the wire was cut').toBeGreaterThan(0)
}

async function execEverywhere(count: number): Promise<void> {
  const ended = await Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const stdout = new PassThrough()
      let said = ''
      stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const pod = lab.pods[number % lab.pods.length] ?? ''
      const status = await new Promise<V1Status>((resolve, reject) => {
        const argv = ['sh', '-c', `echo ${String(number)}; hostname`]
        new Exec(config)
          .exec(namespace, pod, 'netshoot-pod', argv, stdout, null, null, false, resolve)
          .catch(reject)
      })
      return `${said}${status.status ?? ''}` === `${String(number)}\n${pod}\nSuccess`
    }),
  )
  expect(ended.filter((fine) => !fine)).toEqual([])
}

test('a thousand pods and 200 execs at a time: no event is lost, and the daemon is as it was', async () => {
  // The first of everything loads what is loaded once.
  await execEverywhere(20)
  const sizes: DaemonSize[] = [sizeOfDaemon(lab.record.pid)]
  for (let number = 0; number < rounds; number++) {
    await round()
    await execEverywhere(200)
    // Idle connections of clients are kept for a while by both ends.
    wire.cut()
    const first = sizes[0]!
    await expect
      .poll(() => sizeOfDaemon(lab.record.pid), { timeout: 20_000, interval: 500 })
      .toMatchObject({ processes: first.processes })
    await expect
      .poll(() => sizeOfDaemon(lab.record.pid).descriptors, { timeout: 20_000, interval: 500 })
      .toBeLessThanOrEqual(first.descriptors + 4)
    sizes.push(sizeOfDaemon(lab.record.pid))
  }
  if (rounds > 1) console.table(sizes)
  // What stays is history, for watches that come back, and it is bounded: it has filled after some rounds.
  const [, , , filled] = sizes
  if (filled !== undefined) expect(sizes.at(-1)!.memory).toBeLessThan(filled.memory * 1.25)
  else expect(sizes.at(-1)!.memory).toBeLessThan(sizes[0]!.memory + 256)
}, 600_000)
