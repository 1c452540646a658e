import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, type Cluster } from '../../src/cluster/access/connect.ts'
import { startLab } from '../../src/lab/daemon/lab.ts'
import type { LabRecord } from '../../src/lab/daemon/record/record.ts'
import { kubeconfigPath } from '../../src/lab/daemon/record/registry.ts'
import { defaultLab, type LabOptions } from '../../src/lab/plan/topology.ts'

export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A lab that is up for measuring, reached as any other client reaches it. */
export interface BenchLab {
  readonly record: LabRecord
  readonly cluster: Cluster
  readonly kubeconfig: string
  /** Milliseconds from nothing to running pods. */
  readonly startedInMs: number
}

/** Milliseconds from nothing to running pods, of labs that are taken down at once. */
export async function startsOf(options: Partial<LabOptions>, count: number): Promise<readonly number[]> {
  const starts: number[] = []
  for (let start = 0; start < count; start++)
    starts.push(await withLab(options, (lab) => Promise.resolve(lab.startedInMs)))
  return starts
}

/** Starts a lab of its own, hands it over, and takes it down whatever happens. */
export async function withLab<T>(
  options: Partial<LabOptions>,
  use: (lab: BenchLab) => Promise<T>,
): Promise<T> {
  const labs = mkdtempSync(join(tmpdir(), 'podpath-bench-'))
  try {
    const begun = performance.now()
    const lab = await startLab({
      lab: { ...defaultLab, name: 'bench', ...options },
      labs,
      packageRoot,
      need: 'demo',
      clients: { searchPath: process.env['PATH'] ?? '' },
      tied: true,
      progress: () => undefined,
    })
    const startedInMs = performance.now() - begun
    try {
      const kubeconfig = kubeconfigPath(lab.record)
      const cluster = await connect({ kubeconfig, env: {} })
      try {
        return await use({ record: lab.record, cluster, kubeconfig, startedInMs })
      } finally {
        cluster.close()
      }
    } finally {
      await lab.end()
    }
  } finally {
    rmSync(labs, { recursive: true, force: true })
  }
}

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const pods = '/api/v1/namespaces/default/pods'

/** A deployment of pods that sleep; resolves when `running` of them run. */
export async function deploy(
  { cluster }: BenchLab,
  name: string,
  replicas: number,
  running: number,
): Promise<void> {
  await cluster.api.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'sleep', image: 'nicolaka/netshoot', command: ['sleep', 'infinity'] }],
        },
      },
    },
  })
  const query = { labelSelector: `app=${name}` }
  const seen = new Set<string>()
  const { items, resourceVersion } = await cluster.api.list(pods, query)
  const look = (object: unknown): boolean => {
    const pod = object as { metadata?: { uid?: string }; status?: { phase?: string; podIP?: string } }
    if (pod.status?.phase === 'Running' && pod.metadata?.uid !== undefined) seen.add(pod.metadata.uid)
    return seen.size >= running
  }
  items.forEach(look)
  if (seen.size >= running) return
  await cluster.api.watch(pods, { ...query, resourceVersion }, ({ object }) => look(object), {
    signal: AbortSignal.timeout(120_000),
  })
  if (seen.size < running) throw new Error(`${seen.size} of ${running} pods run`)
}

/** Deletes the deployment and waits until its pods are gone. */
export async function undeploy({ cluster }: BenchLab, name: string): Promise<void> {
  await cluster.api.remove(`${deployments}/${name}`)
  const until = Date.now() + 120_000
  for (;;) {
    const { items } = await cluster.api.list(pods, { labelSelector: `app=${name}` })
    if (items.length === 0) return
    if (Date.now() > until) throw new Error(`${items.length} pods are not gone`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Octets that the lab's processes hold, shared pages counted in parts (PSS), and those of its daemon alone. */
export function memoryOf(lab: BenchLab): {
  readonly all: number
  readonly daemon: number
  readonly processes: number
} {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(/^PPid:\t(\d+)$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0)
    parents.set(parent, [...(parents.get(parent) ?? []), pid])
  }
  const tree = (pid: number): readonly number[] => [pid, ...(parents.get(pid) ?? []).flatMap(tree)]
  const held = (pid: number): number =>
    Number(/^Pss:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024
  const all = tree(lab.record.pid)
  const daemon = all.find(
    (pid) =>
      textOf(`/proc/${pid}/cmdline`).includes('lab/daemon/main.js\0') &&
      textOf(`/proc/${pid}/comm`).startsWith('node'),
  )
  return {
    all: all.reduce((sum, pid) => sum + held(pid), 0),
    daemon: daemon === undefined ? 0 : held(daemon),
    processes: all.length,
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process ended while we looked.
    return ''
  }
}
