import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import type { Prefix } from '../../model/address/prefix.ts'

export type ServiceProtocol = 'TCP' | 'UDP' | 'SCTP'
export type TrafficPolicy = 'Cluster' | 'Local'

/** One endpoint of one service port, its target port already resolved. */
export interface Endpoint {
  readonly address: Ip4
  readonly port: number
  /** The Kubernetes node's name; null for an endpoint outside the cluster. */
  readonly node: string | null
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
}

/** One port of one service that kube-proxy handles: not headless, not ExternalName. */
export interface ServicePort {
  readonly namespace: string
  readonly name: string
  /** Empty for the only port of a service, where it need not have a name. */
  readonly portName: string
  readonly protocol: ServiceProtocol
  readonly port: number
  readonly clusterIP: Ip4
  /** Null without one. */
  readonly nodePort: number | null
  readonly externalIPs: readonly Ip4[]
  /** status.loadBalancer.ingress[].ip; on EKS a load balancer has a host name instead, so none. */
  readonly loadBalancerIPs: readonly Ip4[]
  readonly loadBalancerSourceRanges: readonly Prefix[]
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
  /** Null when the service has none, or its externalTrafficPolicy is Cluster. */
  readonly healthCheckNodePort: number | null
  /** sessionAffinity ClientIP: how long, in seconds. Null is none. */
  readonly sessionAffinitySeconds: number | null
  readonly endpoints: readonly Endpoint[]
}

/** `default/web`, `kube-system/kube-dns:dns`: how kube-proxy names a service port in comments and hashes. */
export const servicePortName = ({ namespace, name, portName }: ServicePort): string =>
  portName === '' ? `${namespace}/${name}` : `${namespace}/${name}:${portName}`

/** `192.168.1.10:53` */
export const endpointText = ({ address, port }: Endpoint): string => `${formatIp4(address)}:${port}`
