import type { WebTablesSentences } from '../../web/tables-sentences.ts'

const exact: Readonly<Record<string, string>> = {
  'nat PREROUTING':
    'Asked first, before the node chooses a route, for packets that come in: from a pod by its eni… interface, or from the VPC. Here a service address becomes the address of a pod.',
  'nat INPUT': 'For packets that end on the node itself.',
  'nat OUTPUT':
    'The same as PREROUTING, for packets that a program on the node sends itself (kubelet, pods on the node’s network).',
  'nat POSTROUTING':
    'Asked last, when the egress path is known. Only here can the source address be rewritten: first kube-proxy marks are honoured, then the VPC CNI decides about SNAT.',
  'nat KUBE-SERVICES':
    'kube-proxy’s table of contents: one line for each service port. Cluster address and port match, and the packet goes to the service’s own KUBE-SVC chain.',
  'nat KUBE-POSTROUTING':
    'Packets that carry kube-proxy’s mark 0x4000 get the node’s address as their source, so that the answer comes back to the node; all others leave the chain at its first line.',
  'nat KUBE-MARK-MASQ':
    'Only sets the mark 0x4000, which KUBE-POSTROUTING looks for: “this one needs another source”.',
  'nat KUBE-NODEPORTS': 'Services of type NodePort: their port on each of the node’s own addresses.',
  'nat AWS-SNAT-CHAIN-0':
    'The VPC CNI’s first question: does the packet leave the VPC? A destination inside the VPC’s range does not match, and the pod keeps its address. Everything else goes on to AWS-SNAT-CHAIN-1.',
  'nat AWS-SNAT-CHAIN-1':
    'The VPC CNI’s SNAT: whatever goes out to the internet gets the primary address of the node’s primary ENI as its source. This is the first of the two translations; the second one is the internet gateway’s.',
  'nat AWS-CONNMARK-CHAIN-0':
    'For new connections that pods begin: those to a destination outside the VPC go on to AWS-CONNMARK-CHAIN-1.',
  'nat AWS-CONNMARK-CHAIN-1':
    'Sets the connection’s mark 0x80. It was sent from a pod and leaves the VPC, so its packets must use the primary ENI, whose address the SNAT gives them.',
  'filter KUBE-FORWARD':
    'kube-proxy lets pass what it has marked, and the answers of connections that exist.',
  'filter KUBE-SERVICES': 'Refuses at once what goes to a service without endpoints.',
  'filter KUBE-EXTERNAL-SERVICES': 'The same for a service’s external addresses.',
  'filter KUBE-FIREWALL':
    'Drops packets that carry the mark 0x8000, and what pretends to come from 127.0.0.0/8.',
  'filter KUBE-NODEPORTS': 'The health checks of services that are kept to their node.',
  'filter FORWARD': 'Everything that passes through the node: from a pod, or to one.',
  'filter INPUT': 'Everything that ends on the node.',
  'filter OUTPUT': 'Everything that the node sends itself.',
  'mangle PREROUTING':
    'The VPC CNI marks here, before the route is chosen: what came in by the primary ENI to a NodePort must be answered by it (0x80).',
  'mangle FORWARD': 'Passing packets, before the filter.',
}

const families: readonly (readonly [RegExp, string])[] = [
  [
    /^nat KUBE-SVC-/,
    'One service port. Draws lots among its endpoints: each line takes its share of the connections (statistic) and leads to a KUBE-SEP chain.',
  ],
  [/^nat KUBE-SEP-/, 'One endpoint: DNAT to the address and port of one pod.'],
  [
    /^nat KUBE-EXT-/,
    'What comes from outside the cluster to a service: marked for another source, then as KUBE-SVC.',
  ],
  [/^nat KUBE-SVL-/, 'The endpoints on this node alone (externalTrafficPolicy: Local).'],
  [/^nat KUBE-FW-/, 'Which sources may use a load balancer’s address.'],
  [
    /^\S+ KUBE-(?:PROXY-CANARY|KUBELET-CANARY)/,
    'Empty on purpose: when it disappears, somebody has flushed the rules, and all are written again.',
  ],
]

export const webTables: WebTablesSentences = {
  stack: 'Node or pod',
  tabs: { rules: 'ip rule', routes: 'Routes', iptables: 'iptables', nft: 'nftables' },
  lightTitle: 'Light up a packet’s path',
  lightHint: 'Nothing is sent: the lines that the kernel would ask are lit in its order.',
  from: 'From',
  to: 'To',
  toHint: 'pod, service or address',
  protocol: 'Protocol',
  port: 'Port',
  light: 'Light up',
  clear: 'Put out',
  packets: 'packets',
  octets: 'octets',
  line: 'line',
  order: 'order',
  filter: 'Only lines with',
  table: (name) => `Table ${name}`,
  routeTable: (name) => `Table ${name}`,
  lookedUpBy: 'looked up by',
  hook: (name) => `hook ${name}`,
  userChain: 'chain',
  calledFrom: 'called from',
  policy: (policy) => `policy ${policy}`,
  policyLine: 'no rule decided: the policy of the chain',
  emptyChain: 'no rules',
  notRead: 'This was not read.',
  noTables: 'There are none here.',
  noStacks: 'No tables were recorded: of no node or pod is it known what rules and routes it has.',
  showAll: (count) => `Show all ${count} lines`,
  explain: 'Explain the chains',
  notCounted: 'not counted',
  mark: { decides: 'decides', on: 'matches, goes on', no: 'does not match' },
  pathHere: 'The packet’s path through here',
  direction: { forward: 'Request', reply: 'Reply' },
  notHere: 'The packet does not come through here.',
  stacksOnPath: 'It comes through',
  oneOfPaths: (percent, paths) => `The likeliest of ${paths} paths (${percent}): chance decides here.`,
  whyNot: 'Why, or why not',
  lightFirst: 'Light up a packet’s path first: then every line says why it decided, or why not.',
  askForWhy: 'Choose any line: it says why it decided, or why not.',
  decided: 'This line decided.',
  matched: 'It matches, and the lines after it are asked as well.',
  lacked: 'It was asked and does not match:',
  notCrossed: 'The packet does not come through here in this direction.',
  decidedBefore: 'Nobody asked it: this line had decided before.',
  endedBefore: 'Nobody asked it: the packet had ended at this line.',
  notEntered: 'Nobody asked it: nothing led here. These lines would have:',
  neverEntered: 'Nobody asked it: no line ever leads into this chain.',
  noRuleLooksUp: 'Nobody asked it: no rule looks into this table.',
  otherHook: (hook) => `Nobody asked it: the packet does not pass ${hook} here.`,
  natSettled:
    'Nobody asked it: the nat table is asked for the first packet of a connection only. For the reply, conntrack undoes what was decided then.',
  inert: 'It only counts or writes a log: a packet’s path does not depend on it.',
  because: 'because',
  verdict: { delivered: 'arrives', dropped: 'is lost', unknown: 'cannot be told' },
  chain: (table, name) =>
    exact[`${table} ${name}`] ?? families.find(([pattern]) => pattern.test(`${table} ${name}`))?.[1] ?? null,
  natStory: [
    'A packet comes in from a pod: PREROUTING is asked. KUBE-SERVICES turns a service address into a pod’s; AWS-CONNMARK-CHAIN-0 and -1 mark connections that leave the VPC.',
    'The node chooses the route.',
    'POSTROUTING is asked: KUBE-POSTROUTING for what kube-proxy marked, then AWS-SNAT-CHAIN-0: inside the VPC nothing is rewritten; everything else gets the node’s address in AWS-SNAT-CHAIN-1.',
    'The internet gateway rewrites once more, to the public address; from a private subnet the NAT gateway does so before it. So SNAT happens twice, or three times; replies are undone in the opposite order.',
  ],
}
