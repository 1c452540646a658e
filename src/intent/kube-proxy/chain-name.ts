import { base32, sha256 } from '../digest.ts'
import { endpointText, servicePortName, type Endpoint, type ServicePort } from './service-port.ts'

/**
 * The chains of one service port (pkg/proxy/iptables/proxier.go, portProtoHash): 16 base32 digits of the SHA-256
 * of the port's name and its protocol in lower case, behind a prefix that tells their purpose.
 */
export interface ServiceChains {
  /** KUBE-SVC: all endpoints. */
  readonly cluster: string
  /** KUBE-SVL: endpoints on this node. */
  readonly local: string
  /** KUBE-EXT: traffic to node ports, external and load balancer addresses. */
  readonly external: string
  /** KUBE-FW: loadBalancerSourceRanges. */
  readonly firewall: string
}

export function serviceChains(port: ServicePort): ServiceChains {
  const hash = chainHash(servicePortName(port) + port.protocol.toLowerCase())
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  }
}

/** KUBE-SEP: one endpoint. */
export const endpointChain = (port: ServicePort, endpoint: Endpoint): string =>
  `KUBE-SEP-${chainHash(servicePortName(port) + port.protocol.toLowerCase() + endpointText(endpoint))}`

const chainHash = (text: string): string => base32(sha256(text)).slice(0, 16)
