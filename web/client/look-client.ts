import { z } from 'zod/mini'
import { changed, type ClusterChange, type ClusterView } from '../../src/model/view/cluster-view.ts'
import type { FlowReply, PodNamespaceView, StackEntry, TablesView } from '../../src/model/view/tables-view.ts'
import { cleanAll } from '../../src/edge/clean.ts'
import { snapshotState } from '../../src/server/contract/look.ts'
import type { Client } from './client.ts'
import { ask, json, request } from './http.ts'

/** Names and images in Kubernetes have at most some 253 characters, and a rule of a security group fits as well. */
const longestName = 320

const object = z.custom<object>((value) => typeof value === 'object' && value !== null)

/** The views are megabytes on a large cluster and come from our own server: their shape is not checked again. */
const look = async <View>(path: string, init: RequestInit): Promise<View> =>
  (await ask(object, path, init)) as View

const given = (signal?: AbortSignal): RequestInit => (signal ? { signal } : {})
const nothing: ClusterView = {
  nodes: [],
  unplaced: [],
  services: [],
  deployments: [],
  vpc: null,
  askingEc2: false,
  gaps: [],
}

/** The part of the client that the pages Cluster, Tables and Lab ask. */
type LookClient = Pick<
  Client,
  | 'watchCluster'
  | 'podNamespace'
  | 'snapshot'
  | 'takeSnapshot'
  | 'stacks'
  | 'tables'
  | 'flow'
  | 'createPod'
  | 'deletePod'
  | 'scale'
>

/** The same, of a running `podpath ui`. */
export const lookClient: LookClient = {
  watchCluster(show, connected) {
    const events = new EventSource('/api/cluster/changes')
    let now: ClusterView | null = null
    events.addEventListener('open', () => {
      // Whoever connects again is told everything again: what had gone meanwhile must not stay.
      now = null
      connected(true)
    })
    events.addEventListener('error', () => {
      connected(false)
    })
    events.addEventListener('message', ({ data }: MessageEvent<string>) => {
      now = changed(now ?? nothing, cleanAll(JSON.parse(data) as ClusterChange, longestName))
      show(now)
    })
    return () => {
      events.close()
    }
  },
  podNamespace: (namespace, name, signal) =>
    look<PodNamespaceView>(
      `/api/cluster/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
      given(signal),
    ),
  snapshot: (signal) => ask(snapshotState, '/api/snapshot', given(signal)),
  takeSnapshot: () => ask(snapshotState, '/api/snapshot', { method: 'POST' }),
  stacks: (signal) => look<readonly StackEntry[]>('/api/stacks', given(signal)),
  tables: (stack, signal) =>
    look<TablesView>(`/api/stacks/tables?stack=${encodeURIComponent(stack)}`, given(signal)),
  flow: (question) => look<FlowReply>('/api/flows', json(question)),
  async createPod(pod) {
    await request('/api/pods', json(pod))
  },
  async deletePod(namespace, name) {
    await request(`/api/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, {
      method: 'DELETE',
    })
  },
  async scale(body) {
    await request('/api/scale', json(body))
  },
}
