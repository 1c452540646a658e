import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { ClusterError } from '../src/cluster/api/cluster-error.ts'
import { podRunner } from '../src/cluster/agent/pod-runner.ts'
import { deploy, memoryOf, undeploy, withLab, type BenchLab } from './lab/bench-lab.ts'
import type { BenchRow } from './row.ts'
import { inWords, sampleOf, timed, type Sample } from './sample.ts'

const execs = 30
const lists = 5
const changes = 40
const manyPods = 1000

/** What a client of the lab's Kubernetes API waits for. */
export async function benchExec(): Promise<readonly BenchRow[]> {
  return withLab({}, async (lab) => {
    const { items } = await lab.cluster.api.list('/api/v1/namespaces/default/pods')
    const pod = (items[0] as { metadata?: { name?: string } } | undefined)?.metadata?.name
    if (pod === undefined) throw new Error('the lab has no pod to run something in')
    const { containers } = (items[0] as { spec: { containers: readonly { name: string }[] } }).spec
    const runner = podRunner(lab.cluster.api.access, {
      namespace: 'default',
      pod,
      container: containers[0]?.name ?? '',
    })
    const ours: number[] = []
    const plain: number[] = []
    for (let i = 0; i < execs; i++) {
      ours.push(await timed(() => runner.run(['true'])))
      plain.push(await timed(() => nsenter(lab.record.pid)))
    }
    const exec = sampleOf(ours)
    const floor = sampleOf(plain)

    const watched = await watchLatency(lab)
    const version = sampleOf(times(lists, () => kubectl(lab.kubeconfig, 'version', '--client')))
    const few = sampleOf(times(lists, () => kubectl(lab.kubeconfig, 'get', 'pods')))
    const before = memoryOf(lab)
    // Fourteen more fit: five addresses on each of three ENIs of three nodes, less what runs already.
    await deploy(lab, 'many', manyPods, 1)
    const until = Date.now() + 60_000
    const listed = async (): Promise<number> =>
      (await lab.cluster.api.list('/api/v1/namespaces/default/pods')).items.length
    while ((await listed()) < manyPods) {
      if (Date.now() > until) throw new Error(`there are not ${manyPods} pods after a minute`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const many = sampleOf(times(lists, () => kubectl(lab.kubeconfig, 'get', 'pods')))
    const after = memoryOf(lab)
    await undeploy(lab, 'many')
    return [
      {
        name: 'exec: round trip',
        value: exec.median / floor.median,
        unit: 'x',
        note: `\`true\` in a pod over WebSocket ${inWords(exec, 'ms')}, by nsenter ${inWords(floor, 'ms')}`,
      },
      {
        name: 'watch: from a change to its event',
        value: watched.told.median / watched.asked.median,
        unit: 'x',
        note: `sent until seen ${inWords(watched.told, 'ms')}, a request and its answer alone ${inWords(watched.asked, 'ms')}`,
      },
      {
        name: `kubectl get pods, ${manyPods} pods`,
        value: many.median / version.median,
        unit: 'x',
        note: `${inWords(many, 'ms')}; with three pods ${inWords(few, 'ms')}; kubectl version --client ${inWords(version, 'ms')}. Those that do not fit are Pending`,
      },
      {
        name: `server: memory with ${manyPods} pods`,
        value: after.daemon / 1e6,
        unit: 'MB',
        note: `the daemon, before ${(before.daemon / 1e6).toFixed(0)} MB`,
      },
    ]
  })
}

/** Milliseconds from a request that creates something until a watch has told of it; and of a small GET, turn by turn. */
async function watchLatency({
  cluster,
}: BenchLab): Promise<{ readonly told: Sample; readonly asked: Sample }> {
  const path = '/api/v1/namespaces/default/pods'
  const { resourceVersion } = await cluster.api.list(path)
  const waiting = new Map<string, () => void>()
  const ended = new AbortController()
  const watching = cluster.api.watch(
    path,
    { resourceVersion },
    ({ object }) => {
      waiting.get((object as { metadata?: { name?: string } }).metadata?.name ?? '')?.()
      return false
    },
    { signal: ended.signal },
  )
  // It is waited for last; until then its failure must not count as unheard, nor hide the one that it follows from.
  watching.catch(() => undefined)
  const told: number[] = []
  const asked: number[] = []
  for (let number = 0; number < changes; number++) {
    const name = `bench-${number}`
    const seen = new Promise<void>((resolve) => waiting.set(name, resolve))
    // No node has the label, so that nothing but the API has to do with it.
    const spec = { nodeSelector: { nowhere: 'true' }, containers: [{ name: 'none', image: 'pause' }] }
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
    told.push(await timed(() => Promise.all([cluster.api.create(path, body), seen])))
    asked.push(await timed(() => cluster.api.get(`${path}?limit=1`)))
    await cluster.api.remove(`${path}/${name}`)
  }
  ended.abort()
  await watching.catch((error: unknown) => {
    if (!(error instanceof ClusterError && error.code === 'aborted')) throw error
  })
  return { told: sampleOf(told), asked: sampleOf(asked) }
}

async function nsenter(pid: number): Promise<void> {
  const child = spawn('nsenter', [`--target=${pid}`, '--net', '--uts', 'true'], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`nsenter exited ${String(code)}`)
}

function kubectl(kubeconfig: string, ...args: readonly string[]): number {
  const begun = performance.now()
  execFileSync('kubectl', ['--kubeconfig', kubeconfig, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  return performance.now() - begun
}

const times = (count: number, measure: () => number): readonly number[] =>
  Array.from({ length: count }, measure)
