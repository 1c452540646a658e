import type { Pod } from '../objects/pod.ts'

/** What the kubelet of a node tells every pod about names. */
export interface ClusterDns {
  /** The cluster address of kube-dns. */
  readonly server: string
  /** `cluster.local` */
  readonly domain: string
  /** Search domains of the node itself, such as `ap-northeast-2.compute.internal`. */
  readonly nodeSearches: readonly string[]
  /** The VPC's resolver, which pods with dnsPolicy Default ask. */
  readonly nodeServer: string
}

/** /etc/hosts as the kubelet writes it; for a host-network pod the node's own, with a word before it. */
export function hostsFile(pod: Pod, address: string, nodeName: string): string {
  const aliases = (pod.spec.hostAliases ?? []).map(
    ({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`,
  )
  const added = aliases.length === 0 ? '' : `\n# Entries added by HostAliases.\n${aliases.join('')}`
  if (pod.spec.hostNetwork === true) {
    return `# Kubernetes-managed hosts file (host network).\n127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n::1         localhost6 localhost6.localdomain6\n${address}\t${nodeName}\n${added}`
  }
  return [
    '# Kubernetes-managed hosts file.\n',
    '127.0.0.1\tlocalhost\n',
    '::1\tlocalhost ip6-localhost ip6-loopback\n',
    'fe00::0\tip6-localnet\n',
    'fe00::0\tip6-mcastprefix\n',
    'fe00::1\tip6-allnodes\n',
    'fe00::2\tip6-allrouters\n',
    `${address}\t${pod.spec.hostname ?? pod.metadata.name}\n`,
    added,
  ].join('')
}

/** /etc/resolv.conf by the pod's dnsPolicy and dnsConfig. */
export function resolvConf(pod: Pod, dns: ClusterDns): string {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = pod.spec
  const cluster =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true)
  const namespace = pod.metadata.namespace ?? 'default'
  const base =
    dnsPolicy === 'None'
      ? { searches: [], servers: [], options: [] }
      : cluster
        ? {
            searches: [
              `${namespace}.svc.${dns.domain}`,
              `svc.${dns.domain}`,
              dns.domain,
              ...dns.nodeSearches,
            ],
            servers: [dns.server],
            options: ['ndots:5'],
          }
        : { searches: [...dns.nodeSearches], servers: [dns.nodeServer], options: [] }
  const searches = [...base.searches, ...(dnsConfig?.searches ?? [])]
  const servers = [...base.servers, ...(dnsConfig?.nameservers ?? [])].slice(0, 3)
  const added = (dnsConfig?.options ?? []).flatMap(({ name, value }) =>
    name === undefined ? [] : [value === undefined || value === '' ? name : `${name}:${value}`],
  )
  const names = new Set(added.map((option) => option.split(':')[0]))
  const options = [...base.options.filter((option) => !names.has(option.split(':')[0])), ...added]
  return [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}\n`] : []),
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(options.length > 0 ? [`options ${options.join(' ')}\n`] : []),
  ].join('')
}
