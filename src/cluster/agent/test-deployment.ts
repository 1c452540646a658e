import { newSuffix } from './agent.ts'
import { stuckReason, waitingReason } from './progress.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { printable } from '../../edge/printable.ts'
import type { Cluster } from '../access/connect.ts'
import { createdObjects, ownPatience, type LeftBehind } from './created-objects.ts'
import { readPod } from '../../kubernetes/facts.ts'
import { listAt, textAt } from '../../edge/fields.ts'
import { runLabel } from '../api/labels.ts'
import { watchPods } from './pods.ts'
import { preflight } from '../api/preflight.ts'
import {
  testDeploymentManifests,
  testReplicas,
  type DeploymentManifest,
  type TestDeploymentSettings,
} from './test-deployment-manifests.ts'

export interface TestDeploymentOptions {
  readonly settings: TestDeploymentSettings
  readonly signal?: AbortSignal
  /** Told in one line when fewer pods run than were asked for. */
  readonly warn: (message: string) => void
  /** Told what could not be removed. */
  readonly left: (left: LeftBehind) => void
}

const defaultPatience = 120_000
/** Milliseconds after which pods that the scheduler refuses are not waited for any more. */
const unschedulablePatience = 15_000

/**
 * Creates the tutorial's deployment, waits until its pods are ready, lends its name as an endpoint
 * (`deploy/NAMESPACE/NAME`) to `use`, and removes it in every case. Two pods of three are enough. Rejects with what
 * `use` rejects with, or a ClusterError of code `agent-not-ready` with the cluster's own words for what keeps the pods.
 */
export async function withTestDeployment<T>(
  cluster: Cluster,
  options: TestDeploymentOptions,
  use: (endpoint: string) => Promise<T>,
): Promise<T> {
  const { api } = cluster
  const { signal } = options
  if (signal?.aborted) throw new ClusterError('aborted', 'stopped before anything was created')
  const suffix = newSuffix()
  const { namespace, deployment } = testDeploymentManifests(suffix, options.settings)
  const { metadata } = deployment
  await preflight(api, namespace ? ['own-namespace', 'deploy'] : ['deploy'], metadata.namespace, signal)
  const made = createdObjects(api, cluster.made)
  // Not with the caller's signal: a request that is cut may still be carried out, after our removal.
  const call = { timeoutMs: ownPatience }
  try {
    if (namespace)
      await made.note(
        { kind: 'namespace', namespace: null, name: namespace.metadata.name },
        api.create('/api/v1/namespaces', namespace, call),
      )
    const path = `/apis/apps/v1/namespaces/${metadata.namespace}/deployments`
    const asked = api.create(path, deployment, call)
    const { namespace: within, name } = metadata
    await (namespace ? asked : made.note({ kind: 'deployment', namespace: within, name }, asked))
    await waitForPods(cluster, suffix, deployment, options)
    return await use(`deploy/${metadata.namespace}/${metadata.name}`)
  } finally {
    await made.remove(options.left)
  }
}

interface PodProgress {
  readonly ready: boolean
  /** It will not run without help. */
  readonly stuck: string | null
  readonly waiting: string | null
}

async function waitForPods(
  cluster: Cluster,
  suffix: string,
  deployment: DeploymentManifest,
  options: TestDeploymentOptions,
): Promise<void> {
  const pods = new Map<string, PodProgress>()
  const { name, namespace } = deployment.metadata
  const ready = (): number => [...pods.values()].filter((pod) => pod.ready).length
  const watch = async (timeoutMs: number, enough: () => boolean): Promise<void> => {
    if (enough() || timeoutMs <= 0) return
    await watchPods(cluster.api, {
      namespace,
      labelSelector: `${runLabel}=${suffix},app=${name}`,
      timeoutMs,
      ...(options.signal ? { signal: options.signal } : {}),
      see(object, gone) {
        const [pod] = readPod(object)
        if (pod && gone) pods.delete(pod.name)
        else if (pod)
          pods.set(pod.name, {
            ready: pod.ready,
            stuck: stuckReason(object),
            waiting: waitingReason(object),
          })
        return enough()
      },
    })
  }
  const patience = options.settings.readyTimeoutMs ?? defaultPatience
  const began = performance.now()
  const refused = (): boolean =>
    [...pods.values()].some((pod) => pod.waiting?.startsWith('Unschedulable') === true)
  const settled = (): boolean =>
    pods.size === testReplicas && [...pods.values()].every((pod) => pod.ready || pod.stuck !== null)
  await watch(Math.min(patience, unschedulablePatience), settled)
  // Images may still be pulled; a scheduler that has refused for so long will not change its mind.
  const rest = patience - Math.ceil(performance.now() - began)
  await watch(rest, () => settled() || (refused() && ready() + stuckOrRefused(pods) >= testReplicas))
  if (ready() === testReplicas) return
  const [because] = [...pods].flatMap(([pod, { ready: fine, stuck, waiting }]) =>
    fine ? [] : [`${pod}: ${stuck ?? waiting ?? 'it is not ready in time'}`],
  )
  const why = because ?? (await replicaFailure(cluster, namespace, name)) ?? 'no pod was made in time'
  const state = `${ready()} of ${testReplicas} pods of the test deployment are ready: ${why}`
  if (ready() < 2) throw new ClusterError('agent-not-ready', state)
  options.warn(`podpath: going on with fewer pods: ${state}`)
}

const stuckOrRefused = (pods: ReadonlyMap<string, PodProgress>): number =>
  [...pods.values()].filter(
    (pod) => !pod.ready && (pod.stuck !== null || pod.waiting?.startsWith('Unschedulable') === true),
  ).length

/** Why the deployment makes no pods (a quota, admission), in the controller's words. */
async function replicaFailure(cluster: Cluster, namespace: string, name: string): Promise<string | null> {
  const deployment = await cluster.api
    .get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)
    .catch(() => undefined)
  const failure = listAt(deployment, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'ReplicaFailure' && textAt(one, 'status') === 'True',
  )
  const said = textAt(failure, 'message')
  return said === undefined ? null : printable(said)
}
