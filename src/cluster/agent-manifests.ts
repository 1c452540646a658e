/** Everything that podpath creates carries this label, so that it can be found and removed whatever happens. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'podpath' } as const
export const managedBySelector = 'app.kubernetes.io/managed-by=podpath'

/** Pinned; what an image needs is written in docs/real-cluster.md. */
export const defaultAgentImage = 'docker.io/nicolaka/netshoot:v0.13'
export const agentContainer = 'agent'

export interface AgentManifestOptions {
  /** Ends the namespace's name: `podpath-SUFFIX`. Lower-case letters and digits. */
  readonly suffix: string
  readonly image?: string
  /** Only these nodes, by their label kubernetes.io/hostname; absent is every node. */
  readonly hostnames?: readonly string[]
  /** Seconds after which the container ends by itself, and whatever still runs in it. */
  readonly lifetimeSeconds?: number
}

/** What is created in the cluster, as data: `--dry-run` prints the same. */
export interface AgentManifests {
  readonly namespace: NamespaceManifest
  readonly daemonSet: DaemonSetManifest
}

type Labels = Readonly<Record<string, string>>

export interface NamespaceManifest {
  readonly apiVersion: 'v1'
  readonly kind: 'Namespace'
  readonly metadata: { readonly name: string; readonly labels: Labels }
}

export interface DaemonSetManifest {
  readonly apiVersion: 'apps/v1'
  readonly kind: 'DaemonSet'
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels }
  readonly spec: Readonly<Record<string, unknown>>
}

const defaultLifetime = 3600

/**
 * The agent: a pod of an ordinary network-tools image on every node, in a namespace of its own.
 * The host's network and processes are shared, because that is what is looked at. Of the capabilities, NET_ADMIN
 * reads netfilter, NET_RAW captures and pings, SYS_PTRACE opens another process's /proc/PID/ns, and SYS_ADMIN
 * enters it (setns(2)) and shows a probe the pod's own resolv.conf (mount(2)).
 */
export function agentManifests(options: AgentManifestOptions): AgentManifests {
  const namespace = `podpath-${options.suffix}`
  const labels = { ...managedBy, 'app.kubernetes.io/name': 'podpath-agent' }
  return {
    namespace: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          ...managedBy,
          'pod-security.kubernetes.io/enforce': 'privileged',
          'pod-security.kubernetes.io/audit': 'privileged',
          'pod-security.kubernetes.io/warn': 'privileged',
        },
      },
    },
    daemonSet: {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'podpath-agent', namespace, labels },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'podpath-agent' } },
        template: { metadata: { labels }, spec: agentPodSpec(options) },
      },
    },
  }
}

function agentPodSpec(options: AgentManifestOptions): Readonly<Record<string, unknown>> {
  return {
    hostNetwork: true,
    hostPID: true,
    // Names resolve as they do for the node.
    dnsPolicy: 'Default',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 0,
    // A full, cordoned or not-ready node is just the one worth looking at.
    tolerations: [{ operator: 'Exists' }],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    ...(options.hostnames === undefined ? {} : { affinity: onlyOn(options.hostnames) }),
    containers: [
      {
        name: agentContainer,
        image: options.image ?? defaultAgentImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', String(options.lifetimeSeconds ?? defaultLifetime)],
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '512Mi' } },
        securityContext: {
          runAsUser: 0,
          capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE'] },
          // Container runtimes' default AppArmor profile denies mount(2) and ptrace of other profiles.
          appArmorProfile: { type: 'Unconfined' },
        },
      },
    ],
  }
}

const onlyOn = (hostnames: readonly string[]): unknown => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [...hostnames] }] },
      ],
    },
  },
})
