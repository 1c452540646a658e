import type { CauseFacts, CauseSentences } from '../facts/cause-facts.ts'

/** `, written by Docker` where anything tells. */
const hand = ({ author }: CauseFacts): string => (author === '' ? '' : `; its form is that of ${author}`)

export const causes: CauseSentences = {
  codes: {
    POD_ROUTE_MISSING: ({ at, missing }) =>
      `${at} has no route to its pod: "${missing}", which the VPC CNI writes, is not in the main table`,
    POD_ROUTE_WRONG: ({ at, by, missing }) =>
      `The route of ${at} to its pod is "${by}" and should be "${missing}"`,
    POD_RULE_MISSING: ({ at, missing }) =>
      `The rule "${missing}" is missing on ${at}: without it packets to the pod are routed by other tables`,
    POD_RULE_WRONG: ({ at, by, missing }) =>
      `The rule to a pod on ${at} is "${by}" and should be "${missing}"`,
    POD_LINK_DOWN: ({ at, by }) =>
      `The node's end of the pod's veth is down on ${at}, and the kernel took the route to the pod along: ${by}`,
    POD_ADDRESS_ON_NODE: ({ at, by }) =>
      `${at} itself has the address of one of its pods, and so keeps what is meant for it: ${by}`,
    DEFAULT_ROUTE_MISSING: ({ at, missing }) => `${at} has no default route: "${missing}" is missing`,
    DEFAULT_ROUTE_WRONG: ({ at, by, missing }) =>
      `The default route of ${at} is "${by}" and should be "${missing}"`,
    GATEWAY_ROUTE_MISSING: ({ at, missing }) =>
      `${at} does not reach its gateway: the route "${missing}" is missing`,
    GATEWAY_NEIGHBOUR_WRONG: ({ at, by, missing }) =>
      `${at} sends to a MAC that nobody has: its neighbour is "${by}" and the node's end of the wire is "${missing}"`,
    ROUTER_NEIGHBOUR_WRONG: ({ at, by }) =>
      `Somebody gave ${at} a fixed MAC for a neighbour in the VPC, which answers ARP by itself: ${by}`,
    SOURCE_RULE_MISSING: ({ at, missing }) =>
      `The rule "${missing}" is missing on ${at}: packets of that pod leave by another ENI than the one that has their address`,
    SOURCE_RULE_WRONG: ({ at, by, missing }) =>
      `The rule "${by}" on ${at} should be "${missing}": packets of that pod leave by another ENI than the one that has their address`,
    SOURCE_RULE_STALE: ({ at, by }) =>
      `The rule "${by}" on ${at} is of an earlier pod: it leads packets to an ENI that has not their address`,
    POD_RULE_STALE: ({ at, by }) => `The rule "${by}" on ${at} is of a pod that is not there`,
    MARK_RULE_MISSING: ({ at, missing }) =>
      `The rule "${missing}" is missing on ${at}: what the node rewrites leaves by another ENI than its primary one`,
    MARK_RULE_WRONG: ({ at, by, missing }) =>
      `The rule "${by}" on ${at} should be "${missing}": what the node rewrites leaves by another ENI than its primary one`,
    ENI_RULE_MISSING: ({ at, missing }) =>
      `The rule "${missing}" is missing on ${at}: what it sends from that ENI's address leaves by another`,
    ENI_RULE_WRONG: ({ at, by, missing }) =>
      `The rule "${by}" on ${at} should be "${missing}": what it sends from that ENI's address leaves by another`,
    ENI_ROUTE_MISSING: ({ at, missing }) =>
      `The route "${missing}" is missing on ${at}: the table of that ENI leads nowhere`,
    ENI_ROUTE_WRONG: ({ at, by, missing }) => `The route "${by}" on ${at} should be "${missing}"`,
    SERVICE_CIDR_RULE_MISSING: ({ at, missing }) =>
      `The rule "${missing}" is missing on ${at}, which AWS_EXTERNAL_SERVICE_CIDRS asks for`,
    SERVICE_CIDR_TOO_BROAD: ({ at, by, missing }) =>
      `AWS_EXTERNAL_SERVICE_CIDRS has ${at} route more by its main table than Services of other clusters: without "${by}" it would arrive (${missing})`,
    KERNEL_RULE_MISSING: ({ at, missing }) =>
      `The kernel's own rule "${missing}" is missing on ${at}: its table is not asked`,
    ROUTE_FOREIGN: (facts) =>
      `The route "${facts.by}" on ${facts.at} is nothing that the VPC CNI or the system would write${hand(facts)}`,
    RULE_FOREIGN: (facts) =>
      `The rule "${facts.by}" on ${facts.at} is nothing that the VPC CNI or the system would write${hand(facts)}`,
    LINK_DOWN: ({ at, by }) => `An interface of ${at} is down: ${by}`,
    IP_FORWARD_OFF: ({ at, by }) => `${at} does not forward packets: ${by}`,
    RP_FILTER_STRICT: ({ at, by, missing }) =>
      `The reverse-path filter of ${at} drops answers: ${by}${missing === '' ? '' : `, where the VPC CNI sets ${missing}`}`,
    SNAT_MISSING: ({ at, missing }) =>
      missing.startsWith('AWS_VPC_K8S_CNI_')
        ? `${at} does not rewrite the source of its pods' packets, because aws-node is told not to: with ${missing} it would`
        : `${at} does not rewrite the source of its pods' packets as it should: "${missing}" is missing`,
    SNAT_WRONG: ({ at, by, missing }) =>
      missing === ''
        ? `"${by}" among the source NAT rules of ${at} is not the VPC CNI's`
        : `The source NAT of ${at} is wrong: "${by}" should be "${missing}"`,
    CONNECTION_MARK_WRONG: ({ at, by, missing }) =>
      `The connection marks of ${at} are not as the VPC CNI sets them: ${missing === '' ? `"${by}" is not its own` : `"${missing}" is missing`}`,
    KUBE_PROXY_RULE_MISSING: ({ at, missing }) => `A rule of kube-proxy is missing on ${at}: ${missing}`,
    KUBE_PROXY_RULE_WRONG: ({ at, by, missing }) =>
      `kube-proxy's rules on ${at} are not what the cluster's Services and EndpointSlices ask for: "${by}"${missing === '' ? ' should not be there' : ` should be "${missing}"`}`,
    CHAIN_POLICY_DROP: (facts) => `A chain of ${facts.at} drops by its policy: ${facts.by}${hand(facts)}`,
    IPTABLES_RULE_FOREIGN: (facts) =>
      `An iptables rule on ${facts.at} is neither Kubernetes' nor the VPC CNI's: ${facts.by}${hand(facts)}`,
    NFT_TABLE_FOREIGN: (facts) =>
      `An nftables table on ${facts.at} is neither Kubernetes' nor the VPC CNI's: ${facts.by}${hand(facts)}`,
    FILTER_RULE_DROPS: (facts) => `A rule on ${facts.at} decides so: ${facts.by}${hand(facts)}`,
    CONNECTION_STALE: ({ at, by }) =>
      `${at} still knows an old connection, and translates by it what belongs to a new one: ${by}`,
    REDIRECT_TO_NOBODY: (facts) =>
      `A rule in ${facts.at} hands the connection to a port where nobody listens, and it never leaves: ${facts.by}${hand(facts)}`,
    ECHO_IGNORED: ({ at, by }) => `${at} answers no echo requests: ${by}`,
    MTU_TOO_SMALL: ({ at, by }) => `The packet does not fit on ${at}: ${by}`,
    SECURITY_GROUP_CLOSED: ({ at, by }) => `A security group of ${at} does not let it through: ${by}`,
    NETWORK_ACL_DENIES: ({ at, by }) => `A network ACL of ${at} denies it: ${by}`,
    VPC_ROUTE_MISSING: ({ at, missing }) =>
      `A route table of ${at} has no route there: "${missing}" would be one`,
    VPC_ROUTE_WRONG: ({ at, by, missing }) =>
      `A route of ${at} leads to where it goes no further: it is "${by}", and "${missing}" would be a path`,
    VPC_ROUTE_BLACKHOLE: ({ at, by }) => `A route of ${at} leads to something that is gone: ${by}`,
    NAT_SUBNET_WITHOUT_EXIT: ({ at, by, missing }) =>
      `The NAT gateway of ${at} is in a subnet that has no way to the internet itself ("${by}"): ${missing} has one`,
    METADATA_HOP_LIMIT: ({ at, by }) =>
      `A token of the instance metadata service does not come as far as ${at}, which is one hop behind its node: ${by}`,
    SOURCE_DEST_CHECK: ({ at, by }) =>
      `The source/destination check of ${at} drops a packet whose source the ENI has not: ${by}`,
    NETWORK_POLICY_DENIES: ({ by }) => `A NetworkPolicy does not allow it: ${by}`,
    SERVICE_PORT_MISSING: ({ by, missing }) =>
      `The service has no such port: ${missing} was asked for, ${by}`,
    SERVICE_WITHOUT_ENDPOINTS: ({ by, missing }) =>
      `The ${by} has no endpoints, so kube-proxy refuses what comes for it: it needs ${missing}`,
    SERVICE_WITHOUT_LOCAL_ENDPOINTS: ({ at, by, missing }) =>
      `No pod of ${missing} is on ${at}, and its externalTrafficPolicy is Local, so kube-proxy drops what comes from outside for it there: ${by}`,
    ADDRESS_OF_NOBODY: ({ by }) => `Nobody has the address ${by}: no ENI of the VPC and no pod`,
    ADDRESS_NOT_ON_NODE: ({ at, by, missing }) =>
      `${at} does not have the address ${by}, which is link-local and leads no further than a node${missing === '' ? '' : `: ${missing} gives it one, and does not run there`}`,
    IPV6_MISSING: ({ at, by }) => `${at} has no IPv6 address, and so no way to ${by}`,
    TARGET_PORT_WRONG: ({ by, missing }) =>
      `The service ${by} leads to a port that its pods do not have${missing === '' ? '' : `: they say ${missing}`}`,
    ADDRESS_TWICE: ({ by, missing }) => `Several pods have the address ${by}: ${missing}`,
    SUBNET_FULL: ({ by }) => `A subnet has no free addresses, so that new pods get none: ${by} are taken`,
    CONNTRACK_FULL: ({ at, by, missing }) =>
      `The connection table of ${at} is full, so that new connections are dropped: ${missing} entries, ${by}`,
    IPTABLES_MIXED: ({ at, by }) =>
      `Both backends of iptables have rules of the VPC CNI or kube-proxy on ${at}, and which come first is chance: ${by}`,
    POLICY_NOT_ENFORCED: ({ by }) =>
      `The NetworkPolicy ${by} does nothing: aws-node has no network policy agent that is switched on, and nobody else enforces it`,
    CNI_FAULT_KNOWN: ({ at, by, missing }) =>
      `${at} runs ${by} beside kube-proxy in nftables mode: pods of later ENIs lose Services at times, until ${missing} (amazon-vpc-cni-k8s #3563)`,
    SEVERAL_LINES: ({ at, by, missing }) =>
      `Several lines of ${at} are not as they should be, the first of them: ${missing === '' ? by : missing}`,
  },
  authors: {
    'vpc-cni': 'the VPC CNI',
    'earlier-vpc-cni': 'the VPC CNI, for an earlier pod',
    'kube-proxy': 'kube-proxy',
    kubelet: 'the kubelet',
    docker: 'Docker',
    firewalld: 'firewalld',
    ufw: 'ufw',
    calico: 'Calico',
    cilium: 'Cilium',
    flannel: 'Flannel',
    istio: 'Istio',
    linkerd: 'Linkerd',
    kube2iam: 'kube2iam or kiam',
    'node-local-dns': 'NodeLocal DNSCache',
    tailscale: 'Tailscale',
    portmap: "the CNI's portmap plugin",
    'network-manager': 'nm-cloud-setup',
    libvirt: 'libvirt',
    unknown: '',
  },
  together: (count) => `${count} edits together mend it, and no one of them alone.`,
  onNode: (node) => `As root on ${node}:`,
  anywhere: 'With the rights to change it:',
  owner: 'Or have it written anew:',
  undo: 'To take it back:',
  weakens:
    'This edit only weakens a protection: nothing that differs from what should be there explains it, so look at what was not read first.',
  deliberate: 'Somebody decided so on purpose; it is told as that, and not as a fault.',
  noCommand: 'No command is known that mends it by itself.',
  none: (tried) =>
    tried === 0
      ? 'There was nothing to try: what decides was not read.'
      : `None of ${tried} edits that were tried lets it through.`,
  notRead: (at, what, because) => `${at}: ${what} was not judged, ${because}`,
  flows: (count, of) => `breaks ${count} of ${of} flows`,
  statements: (count) =>
    count === 1 ? 'because of it a statement does not hold' : `because of it ${count} statements do not hold`,
  pairs: (count, of) => `breaks ${count} of ${of} pairs`,
  misleads: (count, of) => `leads ${count} of ${of} pairs astray`,
  effect: (opens, closes, moves) =>
    `Of the pairs that were looked at the edit opens ${opens}, closes ${closes} and moves ${moves} to another path.`,
  effectless: 'Of the pairs that were looked at nothing else changes.',
  harmless: 'It breaks none of the pairs that were looked at.',
  misled: 'Packets arrive all the same, by another path or with another address than intended.',
}
