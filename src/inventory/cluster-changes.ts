import type { Cluster } from '../cluster/access/connect.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import { given } from '../edge/given.ts'

/** A pod to be made: what `kubectl run` would make of the same words. */
export interface NewPod {
  readonly namespace: string
  readonly name: string
  readonly image: string
  /** Null: the scheduler chooses. */
  readonly node: string | null
}

/** Names of Kubernetes objects (RFC 1123 subdomains), bounded as the API bounds them. */
const isName = (text: string): boolean =>
  text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)

function checkNames(...names: readonly string[]): void {
  for (const name of names)
    if (!isName(name))
      throw new ClusterError(
        'refused',
        `${JSON.stringify(name)} is no name: small letters, digits and hyphens, such as web-1`,
      )
}

/**
 * Makes a pod. It rests until it is deleted: an image without a command of its own would end at once.
 * Rejects with a ClusterError.
 */
export async function createPod({ api }: Cluster, pod: NewPod): Promise<void> {
  checkNames(pod.namespace, pod.name)
  if (pod.image.trim() === '') throw new ClusterError('refused', 'a pod needs an image')
  await api.create(`/api/v1/namespaces/${pod.namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod.name, namespace: pod.namespace, labels: { run: pod.name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      ...given({ nodeName: pod.node ?? undefined }),
      containers: [
        {
          name: pod.name.slice(0, 63),
          image: pod.image.trim(),
          ...(/netshoot|busybox|alpine|debian|ubuntu/.test(pod.image)
            ? { command: ['tail', '-f', '/dev/null'] }
            : {}),
        },
      ],
    },
  })
}

/** Rejects with a ClusterError. */
export async function deletePod({ api }: Cluster, namespace: string, name: string): Promise<void> {
  checkNames(namespace, name)
  await api.remove(`/api/v1/namespaces/${namespace}/pods/${name}`)
}

/** Sets how many pods a deployment has. Rejects with a ClusterError. */
export async function scaleDeployment(
  { api }: Cluster,
  namespace: string,
  name: string,
  replicas: number,
): Promise<void> {
  checkNames(namespace, name)
  await api.patch(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`, { spec: { replicas } })
}
