import { openAccess } from './access.ts'
import { kubernetesApi } from '../api/api.ts'
import type { ApiSettings, KubernetesApi } from '../api/api.ts'
import type { Made } from '../agent/created-objects.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import type { KubeconfigChoice, KubeTarget } from './kubeconfig.ts'
import { proxyFromEnvironment } from './proxy.ts'

/** A cluster that we can speak to. */
export interface Cluster {
  /** The kubeconfig's context. */
  readonly name: string
  /** The context's namespace: what a pod without one in its name is looked for in. */
  readonly namespace: string
  readonly api: KubernetesApi
  readonly made: Made
  /** The words with which a person reaches it by kubectl. */
  readonly kubectl: readonly string[]
  close(): void
}

/**
 * Reads the configuration as kubectl does and prepares to speak to the cluster; no request is sent yet.
 * Throws a ClusterError: `no-kubeconfig`, `unreadable-kubeconfig`, `no-context`, `credentials`.
 */
export async function connect(
  choice: KubeconfigChoice,
  settings: Partial<ApiSettings> = {},
): Promise<Cluster> {
  const target = await loadKubeconfig(choice)
  const proxyUrl = target.proxyUrl ?? proxyFromEnvironment(target.server, choice.env)
  const kubectl = [
    'kubectl',
    ...(choice.kubeconfig === undefined ? [] : ['--kubeconfig', choice.kubeconfig]),
    ...(choice.context === undefined ? [] : ['--context', choice.context]),
  ]
  return connectTo({ ...target, proxyUrl }, kubectl, settings)
}

/** The same for a cluster that is known already. Throws a ClusterError: `unreadable-kubeconfig`, `credentials`. */
export async function connectTo(
  target: KubeTarget,
  kubectl: readonly string[],
  settings: Partial<ApiSettings> = {},
): Promise<Cluster> {
  const access = await openAccess(target)
  return {
    name: access.context,
    namespace: access.namespace,
    api: kubernetesApi(access, settings),
    made: new Map(),
    kubectl,
    close: () => access.close(),
  }
}
