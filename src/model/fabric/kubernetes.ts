import type { Ip } from '../address/address.ts'
import type { Prefix } from '../address/prefix.ts'

/* The parts of Kubernetes objects that decide where a packet may go. Field names are the API's. */

export type Labels = Readonly<Record<string, string>>

/** Kubernetes' word for a transport protocol. */
export type TransportProtocol = 'TCP' | 'UDP' | 'SCTP'

export interface ContainerPort {
  readonly name: string | null
  readonly containerPort: number
  readonly protocol: TransportProtocol
}

export interface Pod {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly nodeName: string | null
  readonly hostNetwork: boolean
  readonly phase: string
  readonly ready: boolean
  readonly addresses: readonly Ip[]
  readonly hostAddresses: readonly Ip[]
  readonly ports: readonly ContainerPort[]
  /** In the order of its spec; absent: not read. */
  readonly containers?: readonly Container[]
}

export interface Container {
  readonly name: string
  readonly image: string
  /** Of the variables that networks are set up by, those that were read as plain values; null: none were recorded. */
  readonly environment: Readonly<Record<string, string>> | null
  /** Of its arguments, those by which a network policy agent is switched on or off; absent: none were recorded. */
  readonly switches?: readonly string[]
}

export interface ServicePort {
  readonly name: string | null
  readonly protocol: TransportProtocol
  readonly port: number
  /** A number, or the name of a container port. */
  readonly targetPort: number | string
  readonly nodePort: number | null
}

export interface Service {
  readonly namespace: string
  readonly name: string
  readonly type: string
  /** Empty: headless, or an ExternalName. */
  readonly clusterAddresses: readonly Ip[]
  /** External IPs and load balancer addresses that kube-proxy answers for. */
  readonly externalAddresses: readonly Ip[]
  readonly ports: readonly ServicePort[]
  /** Null: none, somebody else writes the endpoints. */
  readonly selector: Labels | null
  /** What kube-proxy asks for beside; absent: not read. */
  readonly proxying?: ServiceProxying
}

/** How kube-proxy is to hand on what comes for a service. */
export interface ServiceProxying {
  /** Another proxy's (label service.kubernetes.io/service-proxy-name): kube-proxy leaves it alone. */
  readonly othersProxy: boolean
  readonly externalAddresses: readonly Ip[]
  readonly balancerAddresses: readonly Ip[]
  readonly sourceRanges: readonly Prefix[]
  readonly internalTrafficPolicy: 'Cluster' | 'Local'
  readonly externalTrafficPolicy: 'Cluster' | 'Local'
  readonly healthCheckNodePort: number | null
  /** sessionAffinity ClientIP, in seconds; null: none. */
  readonly affinitySeconds: number | null
}

export interface Endpoint {
  readonly addresses: readonly Ip[]
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** The pod's name, in the slice's namespace. */
  readonly pod: string | null
  readonly nodeName: string | null
}

export interface EndpointSlice {
  readonly namespace: string
  readonly service: string
  readonly ports: readonly {
    readonly name: string | null
    readonly protocol: TransportProtocol
    readonly port: number | null
  }[]
  readonly endpoints: readonly Endpoint[]
}

export interface SelectorRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

/** All must hold; an empty selector selects everything. */
export interface LabelSelector {
  readonly matchLabels: Labels
  readonly matchExpressions: readonly SelectorRequirement[]
}

export type PolicyPeer =
  | { readonly kind: 'ipBlock'; readonly cidr: Prefix; readonly except: readonly Prefix[] }
  | {
      readonly kind: 'pods'
      /** Null: the policy's own namespace. */
      readonly namespaceSelector: LabelSelector | null
      /** Null: every pod. */
      readonly podSelector: LabelSelector | null
    }

export interface PolicyPort {
  readonly protocol: TransportProtocol
  /** A number, a container port's name, or null for every port. */
  readonly port: number | string | null
  readonly endPort: number | null
}

export interface PolicyRule {
  /** Empty: everyone. */
  readonly peers: readonly PolicyPeer[]
  /** Empty: every port of every protocol. */
  readonly ports: readonly PolicyPort[]
}

export interface NetworkPolicy {
  readonly namespace: string
  readonly name: string
  readonly podSelector: LabelSelector
  readonly types: readonly ('Ingress' | 'Egress')[]
  readonly ingress: readonly PolicyRule[]
  readonly egress: readonly PolicyRule[]
}

export interface Namespace {
  readonly name: string
  readonly labels: Labels
}

/** A part that nobody could read: an empty list then says nothing. */
export type KubernetesPart = 'pods' | 'services' | 'endpointslices' | 'networkpolicies' | 'namespaces'

export interface KubernetesObjects {
  readonly pods: readonly Pod[]
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly networkPolicies: readonly NetworkPolicy[]
  readonly namespaces: readonly Namespace[]
  readonly missing: readonly KubernetesPart[]
}
