import {
  managedBy,
  privilegedNamespace,
  runLabel,
  runNamespace,
  type Labels,
  type NamespaceManifest,
} from '../api/labels.ts'

/** Pinned; what an image needs is written in docs/real-cluster.md. */
export const defaultAgentImage = 'docker.io/nicolaka/netshoot:v0.13'
export const agentContainer = 'agent'

export const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const
export type PullPolicy = (typeof pullPolicies)[number]

/** What users choose about the agent. */
export interface AgentSettings {
  readonly image?: string
  readonly pullPolicy?: PullPolicy
  /** A secret of the agent's namespace with the registry's credentials. */
  readonly pullSecret?: string
  /** A quantity of Kubernetes; what tcpdump's buffers and a node's tables take is far below the default. */
  readonly memoryLimit?: string
  /** A namespace that is there already; absent: one of the run's own, created and removed. */
  readonly namespace?: string
  /** Seconds after which the kubelet ends the agent, and whatever still runs in it, should we not come to it. */
  readonly lifetimeSeconds?: number
  /** Milliseconds until every agent must be ready; pulling an image may take a while. */
  readonly readyTimeoutMs?: number
}

export interface AgentManifestOptions {
  /** Lower-case letters and digits: tells this run's objects from another's. */
  readonly suffix: string
  readonly settings: AgentSettings
  /** The names of the nodes, one agent for each. */
  readonly nodes: readonly string[]
}

/** What is created in the cluster, as data: `--dry-run` prints the same. */
export interface AgentManifests {
  /** Null: a namespace that is there already is used. */
  readonly namespace: NamespaceManifest | null
  readonly pods: readonly PodManifest[]
}

export interface PodManifest {
  readonly apiVersion: 'v1'
  readonly kind: 'Pod'
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels }
  readonly spec: Readonly<Record<string, unknown>> & { readonly nodeName: string }
}

const defaultMemoryLimit = '512Mi'

/** Longer than any run, but for captures that are told to go on for longer. */
const defaultLifetime = 900

/**
 * The agent: a pod of an ordinary network-tools image on each node that matters. A pod and no DaemonSet, because only a
 * pod can be given an end (`activeDeadlineSeconds`) that the kubelet keeps when we are gone; bound to its node by
 * name, because a cordoned or tainted node is just the one worth looking at.
 * The host's network and processes are shared, because that is what is looked at. Of the capabilities, NET_ADMIN
 * reads netfilter, NET_RAW captures and pings, SYS_PTRACE opens another process's /proc/PID/ns, and SYS_ADMIN
 * enters it (setns(2)) and shows a probe the pod's own resolv.conf (mount(2)).
 */
export function agentManifests({ suffix, settings, nodes }: AgentManifestOptions): AgentManifests {
  const own = settings.namespace === undefined ? runNamespace(suffix, privilegedNamespace) : null
  const namespace = own?.metadata.name ?? settings.namespace ?? ''
  const labels = { ...managedBy, 'app.kubernetes.io/name': 'podpath-agent', [runLabel]: suffix }
  return {
    namespace: own,
    pods: nodes.map((nodeName, i) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `podpath-agent-${suffix}-${i + 1}`, namespace, labels },
      spec: { nodeName, ...podSpec(settings) },
    })),
  }
}

const podSpec = (settings: AgentSettings): Readonly<Record<string, unknown>> => ({
  hostNetwork: true,
  hostPID: true,
  restartPolicy: 'Never',
  activeDeadlineSeconds: settings.lifetimeSeconds ?? defaultLifetime,
  terminationGracePeriodSeconds: 0,
  // Names resolve as they do for the node.
  dnsPolicy: 'Default',
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  // The scheduler is not asked, but a NoExecute taint would end the pod all the same.
  tolerations: [{ operator: 'Exists' }],
  ...(settings.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: settings.pullSecret }] }),
  containers: [
    {
      name: agentContainer,
      image: settings.image ?? defaultAgentImage,
      imagePullPolicy: settings.pullPolicy ?? 'IfNotPresent',
      command: ['sleep', String(settings.lifetimeSeconds ?? defaultLifetime)],
      resources: {
        requests: { cpu: '10m', memory: '32Mi' },
        limits: { memory: settings.memoryLimit ?? defaultMemoryLimit },
      },
      securityContext: {
        runAsUser: 0,
        capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'SYS_PTRACE'] },
        // Container runtimes' default AppArmor profile denies mount(2) and ptrace of other profiles.
        appArmorProfile: { type: 'Unconfined' },
      },
    },
  ],
})
