import { setTimeout as delay } from 'node:timers/promises'
import type { KubernetesApi } from '../api/api.ts'
import { ClusterError } from '../api/cluster-error.ts'

/** Milliseconds between tries while a new namespace's service account is being made; and how many. */
const accountWait = 250
const accountTries = 40

/**
 * Creates a pod. In a namespace that was just made its default service account may not be there yet, and until then the
 * API server forbids every pod (plugin/pkg/admission/serviceaccount): that passes, and is waited for.
 */
export async function createPod(
  api: KubernetesApi,
  pod: { readonly metadata: { readonly namespace: string } },
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await api.create(`/api/v1/namespaces/${pod.metadata.namespace}/pods`, pod, { signal })
      return
    } catch (error) {
      const passing =
        error instanceof ClusterError &&
        error.code === 'forbidden' &&
        /serviceaccount "[^"]*" not found/.test(error.message)
      if (!passing || tried >= accountTries || signal?.aborted) throw error
      await delay(accountWait)
    }
  }
}

export interface PodWatch {
  readonly namespace: string
  readonly labelSelector: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** Sees every pod as it is and as it changes; says true when it has seen enough. */
  readonly see: (object: unknown, gone: boolean) => boolean
}

/** Watches pods until `see` has seen enough or the time is over: both resolve. Rejects with a ClusterError. */
export async function watchPods(api: KubernetesApi, options: PodWatch): Promise<void> {
  const { labelSelector, see } = options
  const path = `/api/v1/namespaces/${options.namespace}/pods`
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  let enough = false
  try {
    while (!enough) {
      const { items, resourceVersion } = await api.list(path, { labelSelector }, { signal })
      for (const item of items) enough = see(item, false)
      if (enough) return
      await api
        .watch(
          path,
          { labelSelector, resourceVersion, allowWatchBookmarks: true },
          ({ type, object }) => {
            if (type === 'ERROR') return true
            if (type !== 'BOOKMARK') enough = see(object, type === 'DELETED')
            return enough
          },
          { signal },
        )
        .catch((error: unknown) => {
          // The version may be too old by now (410): list again.
          if (!(error instanceof ClusterError && error.code === 'gone')) throw error
        })
    }
  } catch (error) {
    if (options.signal?.aborted || !deadline.aborted) throw error
  }
}
