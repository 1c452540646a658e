import type { Container, PodSpec, PodTemplate, Probe, Resources, Toleration } from '../objects/pod.ts'

/** What the API server fills into a pod's spec (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go). */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const account = spec.serviceAccountName ?? spec.serviceAccount
  return {
    ...spec,
    containers: (spec.containers ?? []).map(defaultContainer),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: spec.initContainers.map(defaultContainer) }),
    ...(spec.ephemeralContainers === undefined
      ? {}
      : { ephemeralContainers: spec.ephemeralContainers.map(defaultContainer) }),
    restartPolicy: spec.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    dnsPolicy: spec.dnsPolicy ?? 'ClusterFirst',
    securityContext: spec.securityContext ?? {},
    schedulerName: spec.schedulerName ?? 'default-scheduler',
    ...(account === undefined ? {} : { serviceAccountName: account, serviceAccount: account }),
  }
}

/** What is filled in when a pod itself is made, beyond its template: defaults and admission plugins. */
export function admitPodSpec(spec: PodSpec): PodSpec {
  const account = spec.serviceAccountName ?? 'default'
  return {
    ...spec,
    serviceAccountName: account,
    serviceAccount: account,
    enableServiceLinks: spec.enableServiceLinks ?? true,
    priority: spec.priority ?? priorityClasses[spec.priorityClassName ?? ''] ?? 0,
    preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority',
    tolerations: [...(spec.tolerations ?? []), ...missingTolerations(spec.tolerations ?? [])],
  }
}

/** The priority classes that every cluster has. */
export const priorityClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

/** Admission plugin DefaultTolerationSeconds: five minutes on a node that is not well. */
function missingTolerations(have: readonly Toleration[]): readonly Toleration[] {
  return ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter(
      (key) =>
        !have.some(
          (one) =>
            (one.key === key || (one.key ?? '') === '') &&
            (one.effect === undefined || one.effect === '' || one.effect === 'NoExecute'),
        ),
    )
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))
}

export const defaultTemplate = (template: PodTemplate): PodTemplate => ({
  ...template,
  metadata: template.metadata ?? {},
  spec: defaultPodSpec(template.spec),
})

function defaultContainer(container: Container): Container {
  const image = container.image ?? ''
  const tag = /:([^/:@]+)$/.exec(image)?.[1]
  const latest = !image.includes('@') && (tag === undefined || tag === 'latest')
  return {
    ...container,
    ...(container.ports === undefined
      ? {}
      : { ports: container.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) }),
    ...(container.resources === undefined
      ? { resources: {} }
      : { resources: defaultResources(container.resources) }),
    ...(container.readinessProbe === undefined
      ? {}
      : { readinessProbe: defaultProbe(container.readinessProbe) }),
    ...(container.livenessProbe === undefined
      ? {}
      : { livenessProbe: defaultProbe(container.livenessProbe) }),
    ...(container.startupProbe === undefined ? {} : { startupProbe: defaultProbe(container.startupProbe) }),
    imagePullPolicy: container.imagePullPolicy ?? (latest ? 'Always' : 'IfNotPresent'),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
  }
}

/** A limit without a request asks for as much as the limit allows. */
const defaultResources = ({ limits, requests }: Resources): Resources => ({
  ...(limits === undefined ? {} : { limits }),
  ...(limits === undefined && requests === undefined ? {} : { requests: { ...limits, ...requests } }),
})

const defaultProbe = (probe: Probe): Probe => ({
  ...probe,
  ...(probe.httpGet === undefined
    ? {}
    : {
        httpGet: {
          ...probe.httpGet,
          path: probe.httpGet.path ?? '/',
          scheme: probe.httpGet.scheme ?? 'HTTP',
        },
      }),
  timeoutSeconds: probe.timeoutSeconds ?? 1,
  periodSeconds: probe.periodSeconds ?? 10,
  successThreshold: probe.successThreshold ?? 1,
  failureThreshold: probe.failureThreshold ?? 3,
})
