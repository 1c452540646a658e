import type { Ip4 } from '../../model/address/address.ts'
import type { Prefix } from '../../model/address/prefix.ts'
import { userChain, type IptablesPart } from '../iptables-table.ts'
import { servicePortName, type ServicePort } from './service-port.ts'
import { serviceRules } from './service-rules.ts'
import { nodePortsJump, staticFilter, staticMangle, staticNat } from './static-rules.ts'

export interface KubeProxyInput {
  readonly services: readonly ServicePort[]
  /** The Kubernetes node's name: endpoints on it are local. */
  readonly nodeName: string
  readonly nodeAddress?: Ip4
  /** kube-proxy's clusterCIDR; absent on EKS, where it is empty. */
  readonly clusterCidr?: Prefix
}

/**
 * The iptables rules of kube-proxy in iptables mode on one node: its parts of mangle, filter and nat. kube-proxy
 * writes services in the random order of a Go map, so within KUBE-SERVICES, KUBE-NODEPORTS and
 * KUBE-EXTERNAL-SERVICES a real node's order differs; here it is that of the names.
 */
export function kubeProxyIntent(input: KubeProxyInput): readonly IptablesPart[] {
  const node = {
    name: input.nodeName,
    address: input.nodeAddress ?? null,
    clusterCidr: input.clusterCidr ?? null,
  }
  const rules = input.services
    .map((port) => ({ key: `${servicePortName(port)} ${port.protocol}`, port }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ port }) => serviceRules(port, node))
  return [
    staticMangle,
    { ...staticFilter, rules: [...staticFilter.rules, ...rules.flatMap(({ filter }) => filter)] },
    {
      ...staticNat,
      chains: [...staticNat.chains, ...rules.flatMap(({ natChains }) => natChains.map(userChain))],
      rules: [...staticNat.rules, ...rules.flatMap(({ nat }) => nat), nodePortsJump],
    },
  ]
}
