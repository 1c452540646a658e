import { at, listAt, numberAt, textAt } from '../../edge/fields.ts'
import type { DeploymentView, EndpointView, ServiceView } from '../../model/view/cluster-view.ts'

/** The services with the endpoints that the slices name for them. */
export function serviceViews(
  services: readonly unknown[],
  slices: readonly unknown[],
): readonly ServiceView[] {
  const endpoints = new Map<string, EndpointView[]>()
  for (const slice of slices) {
    const namespace = textAt(slice, 'metadata', 'namespace') ?? ''
    const service = textAt(slice, 'metadata', 'labels', 'kubernetes.io/service-name')
    if (service === undefined) continue
    const list = endpoints.get(`${namespace}/${service}`) ?? []
    endpoints.set(`${namespace}/${service}`, list)
    for (const endpoint of listAt(slice, 'endpoints')) {
      const pod =
        textAt(endpoint, 'targetRef', 'kind') === 'Pod' ? textAt(endpoint, 'targetRef', 'name') : undefined
      const ready = at(endpoint, 'conditions', 'ready') !== false
      for (const address of listAt(endpoint, 'addresses'))
        if (typeof address === 'string')
          list.push({ address, ready, pod: pod === undefined ? null : `${namespace}/${pod}` })
    }
  }
  return services.flatMap((object): ServiceView[] => {
    const namespace = textAt(object, 'metadata', 'namespace')
    const name = textAt(object, 'metadata', 'name')
    if (namespace === undefined || name === undefined) return []
    const cluster = [
      textAt(object, 'spec', 'clusterIP') ?? '',
      ...listAt(object, 'spec', 'clusterIPs').map((one) => (typeof one === 'string' ? one : '')),
    ].filter((one) => one !== '')
    return [
      {
        namespace,
        name,
        type: textAt(object, 'spec', 'type') ?? 'ClusterIP',
        addresses: [...new Set(cluster)],
        ports: listAt(object, 'spec', 'ports').map(portText),
        endpoints: endpoints.get(`${namespace}/${name}`) ?? [],
      },
    ]
  })
}

function portText(port: unknown): string {
  const number = numberAt(port, 'port')
  const target = at(port, 'targetPort')
  const to = typeof target === 'number' || typeof target === 'string' ? String(target) : String(number ?? '')
  return `${number ?? '?'}/${textAt(port, 'protocol') ?? 'TCP'} → ${to}`
}

export const deploymentViews = (deployments: readonly unknown[]): readonly DeploymentView[] =>
  deployments.flatMap((object): DeploymentView[] => {
    const namespace = textAt(object, 'metadata', 'namespace')
    const name = textAt(object, 'metadata', 'name')
    if (namespace === undefined || name === undefined) return []
    return [
      {
        namespace,
        name,
        wanted: numberAt(object, 'spec', 'replicas') ?? 1,
        ready: numberAt(object, 'status', 'readyReplicas') ?? 0,
      },
    ]
  })
