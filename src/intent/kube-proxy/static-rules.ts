import { userChain, type IptablesPart } from '../iptables-table.ts'

/** masqueradeBit 14, kube-proxy's and EKS's default. */
const mark = '0x4000/0x4000'

/**
 * What kube-proxy writes whatever the services are (pkg/proxy/iptables/proxier.go): its jumps, which it prepends
 * one by one, the last on top; the masquerade chains; the forward rules; the canaries that tell it of a flush.
 */
export const staticFilter: IptablesPart = {
  table: 'filter',
  chains: [
    'KUBE-EXTERNAL-SERVICES',
    'KUBE-FORWARD',
    'KUBE-NODEPORTS',
    'KUBE-PROXY-CANARY',
    'KUBE-PROXY-FIREWALL',
    'KUBE-SERVICES',
  ].map(userChain),
  prepended: [
    ...['INPUT', 'FORWARD', 'OUTPUT'].map(
      (chain) =>
        `-A ${chain} -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL`,
    ),
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    ...['FORWARD', 'OUTPUT'].map(
      (chain) =>
        `-A ${chain} -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`,
    ),
    '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
    ...['INPUT', 'FORWARD'].map(
      (chain) =>
        `-A ${chain} -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES`,
    ),
  ],
  rules: [
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark} -j ACCEPT`,
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ],
}

export const staticNat: IptablesPart = {
  table: 'nat',
  chains: ['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-PROXY-CANARY', 'KUBE-SERVICES'].map(
    userChain,
  ),
  prepended: [
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
  ],
  rules: [
    `-A KUBE-MARK-MASQ -j MARK --set-xmark ${mark}`,
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark} -j RETURN`,
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ],
}

export const staticMangle: IptablesPart = {
  table: 'mangle',
  chains: [userChain('KUBE-PROXY-CANARY')],
  prepended: [],
  rules: [],
}

/** It stands behind the rules of all services, so it is written last. */
export const nodePortsJump =
  '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS'
