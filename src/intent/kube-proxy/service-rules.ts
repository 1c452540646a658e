import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import { contains, formatPrefix, type Prefix } from '../../model/address/prefix.ts'
import { endpointChain, serviceChains, type ServiceChains } from './chain-name.ts'
import { chooseEndpoints, externallyAccessible, type EndpointChoice } from './endpoint-choice.ts'
import { endpointText, servicePortName, type Endpoint, type ServicePort } from './service-port.ts'

/** What decides a service's rules beside the service itself. */
export interface ProxyNode {
  /** The Kubernetes node's name. */
  readonly name: string
  /** The node's own address; tells whether loadBalancerSourceRanges admit the node. */
  readonly address: Ip4 | null
  /** kube-proxy's clusterCIDR. EKS leaves it empty (null): nothing is then known to be a pod's address. */
  readonly clusterCidr: Prefix | null
}

/** The rules of one service port, and the chains they need. */
export interface ServiceRules {
  readonly natChains: readonly string[]
  readonly nat: readonly string[]
  readonly filter: readonly string[]
}

interface Context {
  readonly port: ServicePort
  readonly node: ProxyNode
  readonly name: string
  readonly chains: ServiceChains
  readonly choice: EndpointChoice
  readonly internal: { readonly chain: string; readonly usable: boolean }
  readonly external: { readonly chain: string; readonly usable: boolean; readonly accessible: boolean }
  /** KUBE-FW stands between a load balancer address and KUBE-EXT. */
  readonly firewalled: boolean
}

/** One service port as pkg/proxy/iptables/proxier.go writes it, in the words of iptables-save. */
export function serviceRules(port: ServicePort, node: ProxyNode): ServiceRules {
  const choice = chooseEndpoints(port, node.name)
  const chains = serviceChains(port)
  const policy = (local: boolean): { chain: string; usable: boolean } =>
    local
      ? { chain: chains.local, usable: choice.any && choice.local.length > 0 }
      : { chain: chains.cluster, usable: choice.any }
  const context: Context = {
    port,
    node,
    name: servicePortName(port),
    chains,
    choice,
    internal: policy(port.internalTrafficPolicy === 'Local'),
    external: {
      ...policy(port.externalTrafficPolicy === 'Local'),
      accessible: choice.any && externallyAccessible(port),
    },
    firewalled: choice.any && port.loadBalancerIPs.length > 0 && port.loadBalancerSourceRanges.length > 0,
  }
  const policyChains = [
    ...(choice.cluster.length > 0 ? [{ chain: chains.cluster, endpoints: choice.cluster }] : []),
    ...(choice.local.length > 0 ? [{ chain: chains.local, endpoints: choice.local }] : []),
  ]
  return {
    natChains: [
      ...(context.external.accessible ? [chains.external] : []),
      ...(context.firewalled ? [chains.firewall] : []),
      ...policyChains.map(({ chain }) => chain),
      ...choice.reachable.map((endpoint) => endpointChain(port, endpoint)),
    ],
    nat: [
      ...entryRules(context),
      ...clusterCidrRules(context),
      ...externalRules(context),
      ...firewallRules(context),
      ...policyChains.flatMap(({ chain, endpoints }) => balanceRules(context, chain, endpoints)),
      ...choice.reachable.flatMap((endpoint) => endpointRules(context, endpoint)),
    ],
    filter: filterRules(context),
  }
}

const comment = (text: string): string => `-m comment --comment "${text}"`

/** `-d ADDRESS -p tcp -m comment … -m tcp --dport PORT`, the matches in the order iptables-save prints them. */
function match({ port }: Context, said: string, address: Ip4 | null, portNumber: number, more = ''): string {
  const protocol = port.protocol.toLowerCase()
  const to = address === null ? '' : `-d ${formatIp4(address)}/32 `
  return `${to}-p ${protocol} ${comment(said)} ${more}-m ${protocol} --dport ${portNumber}`
}

/** Where packets come in: KUBE-SERVICES for addresses, KUBE-NODEPORTS for ports of the node. */
function entryRules(context: Context): readonly string[] {
  const { port, name, chains, choice, internal, firewalled } = context
  const balancer = firewalled ? chains.firewall : chains.external
  const enter = (kind: string, address: Ip4, chain: string): string =>
    `-A KUBE-SERVICES ${match(context, `${name} ${kind}`, address, port.port)} -j ${chain}`
  return [
    ...(internal.usable ? [enter('cluster IP', port.clusterIP, internal.chain)] : []),
    ...(choice.any
      ? [
          ...port.externalIPs.map((address) => enter('external IP', address, chains.external)),
          ...port.loadBalancerIPs.map((address) => enter('loadbalancer IP', address, balancer)),
          ...(port.nodePort === null
            ? []
            : [`-A KUBE-NODEPORTS ${match(context, name, null, port.nodePort)} -j ${chains.external}`]),
        ]
      : []),
  ]
}

/** With a clusterCIDR, what comes to the cluster IP from elsewhere is masqueraded. Never on EKS. */
function clusterCidrRules(context: Context): readonly string[] {
  const { node, internal, name, port } = context
  if (!node.clusterCidr || !internal.usable) return []
  const said = match(context, `${name} cluster IP`, port.clusterIP, port.port)
  return [`-A ${internal.chain} ! -s ${formatPrefix(node.clusterCidr)} ${said} -j KUBE-MARK-MASQ`]
}

/** KUBE-EXT: masquerade under the Cluster policy, keep the client's address under Local. */
function externalRules({ port, node, name, chains, external }: Context): readonly string[] {
  if (!external.accessible) return []
  const rule = (rest: string): string => `-A ${chains.external} ${rest}`
  const fromNode = '-m addrtype --src-type LOCAL'
  return [
    ...(port.externalTrafficPolicy === 'Cluster'
      ? [rule(`${comment(`masquerade traffic for ${name} external destinations`)} -j KUBE-MARK-MASQ`)]
      : [
          ...(node.clusterCidr
            ? [
                rule(
                  `-s ${formatPrefix(node.clusterCidr)} ${comment(`pod traffic for ${name} external destinations`)} -j ${chains.cluster}`,
                ),
              ]
            : []),
          rule(
            `${comment(`masquerade LOCAL traffic for ${name} external destinations`)} ${fromNode} -j KUBE-MARK-MASQ`,
          ),
          rule(
            `${comment(`route LOCAL traffic for ${name} external destinations`)} ${fromNode} -j ${chains.cluster}`,
          ),
        ]),
    ...(external.usable ? [rule(`-j ${external.chain}`)] : []),
  ]
}

/** KUBE-FW: who may use the load balancer's address; the rest meets KUBE-PROXY-FIREWALL in filter. */
function firewallRules({ port, node, name, chains, firewalled }: Context): readonly string[] {
  if (!firewalled) return []
  const admit = (source: string): string =>
    `-A ${chains.firewall} -s ${source} ${comment(`${name} loadbalancer IP`)} -j ${chains.external}`
  const ranges = port.loadBalancerSourceRanges
  const own = node.address
  return [
    ...ranges.map((range) => admit(formatPrefix(range))),
    ...(own !== null && ranges.some((range) => contains(range, own))
      ? port.loadBalancerIPs.map((address) => admit(`${formatIp4(address)}/32`))
      : []),
    `-A ${chains.firewall} ${comment(`other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL`)}`,
  ]
}

/** KUBE-SVC and KUBE-SVL: remembered clients first, then one endpoint in n, in n-1, … */
function balanceRules(
  { port, name }: Context,
  chain: string,
  endpoints: readonly Endpoint[],
): readonly string[] {
  const seconds = port.sessionAffinitySeconds
  const said = (endpoint: Endpoint): string => comment(`${name} -> ${endpointText(endpoint)}`)
  return [
    ...(seconds === null
      ? []
      : endpoints.map((endpoint) => {
          const target = endpointChain(port, endpoint)
          return `-A ${chain} ${said(endpoint)} -m recent --rcheck --seconds ${seconds} --reap ${recentList(target)} -j ${target}`
        })),
    ...endpoints.map((endpoint, i) => {
      const left = endpoints.length - i
      const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${probability(left)}`
      return `-A ${chain} ${said(endpoint)}${chance} -j ${endpointChain(port, endpoint)}`
    }),
  ]
}

const recentList = (chain: string): string => `--name ${chain} --mask 255.255.255.255 --rsource`

/**
 * One in n as iptables-save prints it: kube-proxy says ten decimals, the kernel keeps 31 bits
 * (net/netfilter/xt_statistic.c), libxt_statistic prints eleven decimals of those.
 */
export const probability = (n: number): string =>
  (Math.round(0x80000000 * Number((1 / n).toFixed(10))) / 0x80000000).toFixed(11)

/** KUBE-SEP: a pod that reaches itself is masqueraded; then DNAT. */
function endpointRules({ port, name }: Context, endpoint: Endpoint): readonly string[] {
  const chain = endpointChain(port, endpoint)
  const protocol = port.protocol.toLowerCase()
  const remember = port.sessionAffinitySeconds === null ? '' : `-m recent --set ${recentList(chain)} `
  return [
    `-A ${chain} -s ${formatIp4(endpoint.address)}/32 ${comment(name)} -j KUBE-MARK-MASQ`,
    `-A ${chain} -p ${protocol} ${comment(name)} ${remember}-m ${protocol} -j DNAT --to-destination ${endpointText(endpoint)}`,
  ]
}

/** Traffic that no endpoint will take: refused where there is none at all, dropped where there is none on this node. */
function filterRules(context: Context): readonly string[] {
  const { port, name, chains, choice, internal, external, firewalled } = context
  const refuse = choice.any
    ? { said: `${name} has no local endpoints`, target: 'DROP' }
    : { said: `${name} has no endpoints`, target: 'REJECT --reject-with icmp-port-unreachable' }
  const turnAway = (chain: string, address: Ip4): string =>
    `-A ${chain} ${match(context, refuse.said, address, port.port)} -j ${refuse.target}`
  const nodePort =
    port.nodePort === null
      ? []
      : [
          `-A KUBE-EXTERNAL-SERVICES ${match(context, refuse.said, null, port.nodePort, '-m addrtype --dst-type LOCAL ')} -j ${refuse.target}`,
        ]
  return [
    ...(internal.usable ? [] : [turnAway('KUBE-SERVICES', port.clusterIP)]),
    ...(firewalled
      ? port.loadBalancerIPs.map(
          (address) =>
            `-A KUBE-PROXY-FIREWALL ${match(context, `${name} traffic not accepted by ${chains.firewall}`, address, port.port)} -j DROP`,
        )
      : []),
    ...(external.usable
      ? []
      : [
          ...[...port.externalIPs, ...port.loadBalancerIPs].map((address) =>
            turnAway('KUBE-EXTERNAL-SERVICES', address),
          ),
          ...nodePort,
        ]),
    ...(port.healthCheckNodePort === null
      ? []
      : [
          `-A KUBE-NODEPORTS -p tcp ${comment(`${name} health check node port`)} -m tcp --dport ${port.healthCheckNodePort} -j ACCEPT`,
        ]),
  ]
}
