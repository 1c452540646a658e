import { z } from 'zod/mini'
import { changed, type ClusterChange, type ClusterView } from '../../src/model/cluster-view.ts'
import type { FlowReply, PodNamespaceView, StackEntry, TablesView } from '../../src/model/tables-view.ts'
import { snapshotState } from '../../src/server/contract/look.ts'
import type { Client } from './client.ts'
import { ask, request } from './http.ts'

/** The views are megabytes on a large cluster and come from our own server: their shape is not checked again. */
const view = <View>() => z.custom<View>((value) => typeof value === 'object' && value !== null)

const given = (signal?: AbortSignal): RequestInit => (signal ? { signal } : {})
const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

const nothing: ClusterView = { nodes: [], unplaced: [], services: [], deployments: [], vpc: null, gaps: [] }

/** What the pages Cluster, Tables and Lab ask of a running `podpath ui`. */
export const lookClient: Omit<Client, 'session'> = {
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
      now = changed(now ?? nothing, JSON.parse(data) as ClusterChange)
      show(now)
    })
    return () => {
      events.close()
    }
  },
  podNamespace: (namespace, name, signal) =>
    ask(
      view<PodNamespaceView>(),
      `/api/cluster/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
      given(signal),
    ),
  snapshot: (signal) => ask(snapshotState, '/api/snapshot', given(signal)),
  takeSnapshot: () => ask(snapshotState, '/api/snapshot', { method: 'POST' }),
  stacks: (signal) => ask(view<readonly StackEntry[]>(), '/api/stacks', given(signal)),
  tables: (stack, signal) =>
    ask(view<TablesView>(), `/api/stacks/tables?stack=${encodeURIComponent(stack)}`, given(signal)),
  flow: (question) => ask(view<FlowReply>(), '/api/flows', posted(question)),
  async createPod(pod) {
    await request('/api/pods', posted(pod))
  },
  async deletePod(namespace, name) {
    await request(`/api/pods/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, {
      method: 'DELETE',
    })
  },
  async scale(body) {
    await request('/api/scale', posted(body))
  },
}
