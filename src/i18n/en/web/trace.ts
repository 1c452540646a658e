import type { WebTraceSentences } from '../../web/trace-sentences.ts'

const many = (n: number, noun: string): string => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`

export const webTrace: WebTraceSentences = {
  title: 'Follow a packet',
  from: 'From',
  to: 'To',
  protocol: 'Protocol',
  protocols: { icmp: 'ICMP (ping)', tcp: 'TCP', udp: 'UDP', http: 'HTTP', dns: 'DNS' },
  port: 'Port',
  usualPort: 'usual',
  count: 'Packets',
  send: 'Trace',
  predict: 'Predict',
  predictOnly: 'Only predict, send nothing',
  recordedOnly: 'A recorded snapshot: nothing is sent, its tables tell the path.',
  cancel: 'Cancel',
  kinds: { pod: 'pod', deployment: 'deployment', node: 'node', service: 'service', host: 'host' },
  noSuggestion: 'Nothing of that name is known. It is looked up as it is typed.',
  moreSuggestions: (n) => `and ${n.toLocaleString('en')} more`,
  intro:
    'Choose two ends. podpath sends a packet, captures it in every namespace on its path, predicts the same path from the tables, and shows where the two part.',
  tryThis: 'Try one:',
  running: 'Tracing',
  hopsSeen: 'Seen so far',
  cancelled: 'Cancelled. Nothing is left in the cluster.',
  failed: 'This could not be traced',
  warning: 'Note',
  runGone: 'This run cannot be shown',
  play: {
    title: 'Step by step',
    first: 'To the start',
    back: 'One step back',
    play: 'Play',
    pause: 'Pause',
    next: 'One step on',
    last: 'To the end',
    position: (step, all) => `Step ${step} of ${all}`,
    keys: 'Arrow keys step, space plays',
    steps: 'Steps',
    request: 'There',
    reply: 'Back',
    flow: 'Flow',
    starts: 'starts here',
    arrives: 'arrives',
    cameIn: 'Came in by',
    wentOut: 'Went out by',
    packetIn: 'Packet in',
    packetOut: 'Packet out',
    same: 'as predicted',
    differs: 'not as predicted',
    rewrites: (field, from, to) =>
      `${field === 'src' ? 'The source' : 'The destination'} is rewritten here: ${from} becomes ${to}`,
    after: (time) => `${time} after it was first seen`,
    decided: 'What decided, in order',
    noDecisions: 'Nothing here had to be decided, or nobody can look inside.',
    deciding: 'sends it on its way',
    guilty: 'This is where it goes wrong',
    statements: 'The tutorial says of this place',
    known: {
      captured: 'Seen: captured right here',
      inferred: 'Inferred: nobody can capture in here, but the packets before and after prove it',
      predicted: 'Predicted: from the tables alone',
    },
    alternatives: (paths) => `Chance chooses one of ${paths} paths. Shown is`,
    whyNot: 'Why not another line?',
    noneDecided: (stage) => `No line decided (${stage}). These were near:`,
  },
  stages: {
    raw: {
      name: 'raw table',
      meaning: 'The first iptables table a packet meets, before connections are tracked.',
    },
    conntrack: {
      name: 'connection tracking',
      meaning: 'The kernel knows this connection. What it rewrote in one direction it undoes in the other.',
    },
    mangle: {
      name: 'mangle table',
      meaning: 'iptables may mark the packet here; the mark is later matched by policy rules.',
    },
    nat: {
      name: 'nat table',
      meaning:
        'Looked at once, for the first packet of a connection. Its chains decide whether an address is rewritten; the AWS chains let traffic inside the VPC keep the pod’s address.',
    },
    rp_filter: {
      name: 'reverse-path filter',
      meaning:
        'Would an answer to this source leave by the interface it came in by? If not, the packet may be dropped.',
    },
    rule: {
      name: 'policy rule (ip rule)',
      meaning:
        'Rules are tried from the lowest priority number up; the first that matches names the route table to look in.',
    },
    route: {
      name: 'route (ip route)',
      meaning:
        'In that table the longest prefix that contains the destination wins: it names the interface and the next hop.',
    },
    local: {
      name: 'local address',
      meaning: 'The address belongs to this very stack: the packet has arrived.',
    },
    filter: { name: 'filter table', meaning: 'iptables lets the packet pass here, or drops it.' },
    security: { name: 'security table', meaning: 'The table for mandatory access control, after filter.' },
    neighbour: {
      name: 'neighbour (ARP)',
      meaning:
        'The next hop’s address becomes an Ethernet address. In a pod the entry for 169.254.1.1 is permanent: it is the other end of its veth pair.',
    },
    ttl: { name: 'TTL', meaning: 'Every router takes one from it; at zero the packet ends.' },
    mtu: { name: 'MTU', meaning: 'A packet that is larger than the egress path allows is cut, or refused.' },
    forwarding: {
      name: 'forwarding',
      meaning: 'A node passes on what is not for itself only when ip_forward is on.',
    },
    link: { name: 'link', meaning: 'The interface must be up, and its other end connected.' },
    'network-policy': {
      name: 'network policy',
      meaning:
        'Kubernetes’ NetworkPolicies of the pod: what no policy allows is dropped once any policy selects the pod.',
    },
    'source-dest-check': {
      name: 'source/destination check',
      meaning:
        'The VPC drops what an ENI sends with an address that is not its own, unless the check is off.',
    },
    'security-group': {
      name: 'security group',
      meaning: 'Stateful, at the ENI: what is allowed in one direction has its answer allowed in the other.',
    },
    'network-acl': {
      name: 'network ACL',
      meaning: 'Stateless, at the edge of the subnet: each direction needs its own rule.',
    },
    'vpc-route': {
      name: 'VPC route table',
      meaning: 'The VPC router looks into the route table of the sender’s subnet.',
    },
    gateway: {
      name: 'gateway',
      meaning: 'The internet gateway swaps the node’s private address for the public one that belongs to it.',
    },
    service: {
      name: 'service',
      meaning: 'kube-proxy picks one of the service’s pods by chance; the destination becomes that pod.',
    },
    socket: { name: 'socket', meaning: 'Does a process listen there?' },
  },
  packets: {
    title: 'Captured packets',
    count: (n) => many(n, 'packet'),
    found: (n, all) => `${n.toLocaleString('en')} of ${many(all, 'packet')}`,
    filter: 'Filter',
    filterExample: 'icmp 192.168.1.239',
    probeOnly: 'Only the probe’s own',
    number: 'No.',
    time: 'Time (ms)',
    place: 'Where',
    source: 'Source',
    destination: 'Destination',
    protocol: 'Protocol',
    length: 'Octets',
    info: 'What it says',
    reading: 'Reading the capture…',
    none: 'No packet matches.',
    nothingCaptured: 'Nothing was captured: this is a prediction, or the capture was deleted.',
    choose: 'Choose a packet to open its layers.',
    layers: 'Layers',
    octets: 'Octets',
    noted: 'podpath’s note',
  },
  download: 'Download',
  downloads: {
    pcapng: 'Capture (pcapng)',
    svg: 'Figure (SVG)',
    json: 'JSON',
    markdown: 'Markdown',
    html: 'Report (HTML)',
  },
}
