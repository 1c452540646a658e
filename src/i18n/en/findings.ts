import type { Findings } from '../facts/finding-facts.ts'

/** What lies where the packet went missing. */
const between = {
  stack:
    'It came in there and did not leave: what podpath does not read decides (eBPF, tc, a rule that came after the snapshot)',
  wire: 'Between the two lies one wire, a veth pair',
  vpc: 'Between the two lies the VPC: its route tables, network ACLs and security groups',
  receiver: 'It reached its destination, which did not answer',
  sender: 'It never left its sender',
  beyond: 'Nobody can capture what lies behind',
} as const

/** What would tell more. */
const tellsMore: { readonly [Segment in keyof typeof between]: (at: string) => string } = {
  stack: (at) =>
    `On ${at}: \`iptables -t raw -I PREROUTING … -j TRACE\` with \`xtables-monitor --trace\`, \`tc filter show\`, \`bpftool net\`, the log of the network policy agent.`,
  wire: (at) =>
    `Compare \`ip -s link\` at both ends of the wire at ${at}, and the MAC addresses in \`ip neigh\`.`,
  vpc: () =>
    'VPC flow logs of the two network interfaces say ACCEPT or REJECT; Reachability Analyzer names the object.',
  receiver: (at) =>
    `In ${at}: \`ss -lntu\` (does anybody listen?), \`nstat -az\`, the application's own log.`,
  sender: (at) => `In ${at}: \`ip route get\`, \`iptables -L OUTPUT -v\`, what the program says.`,
  beyond: () => 'Capture at the other end, or read the VPC flow logs of the last network interface.',
}

export const findings: Findings = {
  PACKET_LOST: {
    message: ({ from, to, at, interface: by, because }) =>
      because === null
        ? `Packets from ${from} to ${to} are lost: last seen at ${at}${by === null ? '' : ` ${by}`}`
        : `Packets from ${from} to ${to} are lost at ${at}, as its tables say: ${because}`,
    remedy: ({ at, because }) =>
      because === null
        ? `Look at what ${at} does with the packet: its routes, its FORWARD chain, its reverse-path filter; then at what stands behind it.`
        : 'Prediction and capture agree that it ends at the named line. Nothing that was tried mends it: look at what led it there before you change that line.',
  },
  REPLY_LOST: {
    message: ({ from, to, at, interface: by, because }) =>
      because === null
        ? `${to} got the packets of ${from}, but the reply is lost: last seen at ${at}${by === null ? '' : ` ${by}`}`
        : `${to} got the packets of ${from}, but the reply is lost at ${at}, as its tables say: ${because}`,
    remedy: ({ at, because }) =>
      because === null
        ? `Look at how ${at} sends the reply: its policy rules, its reverse-path filter, the security group of the ENI it leaves by.`
        : 'Prediction and capture agree that it ends at the named line. Nothing that was tried mends it: look at what led it there before you change that line.',
  },
  LOST_AGAINST_PREDICTION: {
    message: ({ from, to, direction, at, interface: by, missing, segment, counted }) => {
      const what = direction === 'forward' ? `Packets from ${from} to ${to}` : `Replies of ${to} to ${from}`
      const seen = `last seen at ${at}${by === null ? '' : ` ${by}`}`
      const unseen = missing === null || missing === at ? '' : `, not seen at ${missing}`
      const guilty = counted === null ? '' : `. Meanwhile a line that drops counted packets: ${counted}`
      return `${what} are lost, though every table that was read lets them through: ${seen}${unseen}. ${between[segment]}${guilty}`
    },
    remedy: ({ at, segment }) => tellsMore[segment](at),
  },
  DELIVERED_AGAINST_PREDICTION: {
    message: ({ from, to, at, because }) =>
      `Packets from ${from} to ${to} arrive, though the tables of ${at} say otherwise (${because}): podpath's model is wrong, or the tables changed after they were read`,
    remedy: () =>
      'Run it once more; if it stays so, please report it with the bundle that was kept: the prediction is wrong.',
  },
  POLICY_NOT_ENFORCED: {
    message: ({ from, to, because }) =>
      `Packets from ${from} to ${to} arrive, though a NetworkPolicy does not allow it (${because}): nobody enforces the policy`,
    remedy: () =>
      'The VPC CNI enforces policies where its network policy agent runs (container aws-eks-nodeagent of aws-node, enable-network-policy-controller in the ConfigMap amazon-vpc-cni), or another engine does, such as Calico: see whether one runs on that node.',
  },
  PARTIAL_LOSS: {
    message: ({ from, to, sent, received }) =>
      `Only ${received} of ${sent} probes from ${from} to ${to} were answered`,
    remedy: () =>
      'Send more with --count: a steady share points to one of several backends or paths, a random one to congestion or a full table.',
  },
  CONNECTION_REFUSED: {
    message: ({ from, to, at, asked, by, because }) =>
      by === 'no-endpoints'
        ? `${to} refuses ${asked}: the Service has no endpoint that is ready, so a rule of kube-proxy on ${at} rejects what ${from} sends`
        : by === 'rule'
          ? `A rule on ${at} refuses what ${from} sends to ${to}: ${because ?? 'rejected'}`
          : by === 'proxy'
            ? `${to} refuses ${asked}: the packet of ${from} arrived at ${at}, a rule there hands it to another port, and nobody listens on that`
            : `${to} refuses ${asked}: the packet of ${from} arrived at ${at}, and nobody listens there on that port`,
    remedy: ({ by }) =>
      by === 'no-endpoints'
        ? 'Compare the selector of the Service with the labels of its pods, and see whether they are ready: kubectl get endpointslices, kubectl get pods --show-labels.'
        : by !== 'rule'
          ? 'No packet was lost. There: `ss -lntu` tells who listens, on which port, and whether on 127.0.0.1 alone; a Service’s targetPort has to be the port that the container listens on.'
          : 'No packet was lost: a REJECT is meant. Change the line if this flow is to be allowed.',
  },
  NAME_UNRESOLVED: {
    message: ({ from, to, server }) =>
      server === null
        ? `${to} does not resolve: no resolver answers ${from}`
        : `${to} does not resolve: the resolver ${server} does not answer ${from}`,
    remedy: ({ server }) =>
      server === null
        ? 'See /etc/resolv.conf where it was asked, and the dnsPolicy of the pod.'
        : `No table that was read keeps questions from ${server}: see whether CoreDNS runs and is ready, and what it says (kubectl -n kube-system logs -l k8s-app=kube-dns).`,
  },
  PROBE_FAILED: {
    message: ({ from, to, error }) => `The probe from ${from} to ${to} failed: ${error}`,
    remedy: ({ error }) =>
      /refused/i.test(error)
        ? 'The packet arrived and was refused: see who listens there (ss -lntu), and on which port and address.'
        : /timed out/i.test(error)
          ? 'Where the packet was seen to arrive, the program there did not answer: many answer only to what their protocol asks.'
          : 'See to what the prober says; a name that does not resolve points to CoreDNS or to the VPC resolver.',
  },
  PATH_DIFFERS: {
    message: ({ from, to, predicted, observed }) =>
      `From ${from} to ${to} the packet went ${observed}, but its tables predict ${predicted}`,
    remedy: ({ at }) =>
      `The two part at ${at}: compare its policy rules and routes with what was captured; something that podpath did not read decides there.`,
  },
  VERDICT_DIFFERS: {
    message: ({ from, to, predicted, observed }) =>
      `From ${from} to ${to} the tables predict "${predicted}", but the packet was ${observed}`,
    remedy: ({ at }) =>
      `Look at ${at}, where the two part. If nothing changed between snapshot and probe, please report it with the bundle: the prediction is wrong.`,
  },
  ADDRESSES_DIFFER: {
    message: ({ from, to, at, interface: by, predicted, observed }) =>
      `On the path from ${from} to ${to} the packet at ${at} ${by} is ${observed}, but its NAT rules predict ${predicted}`,
    remedy: ({ at }) =>
      `Compare the NAT table of ${at} with its connection tracking: an old entry keeps an old translation (conntrack -D removes it).`,
  },
  STATEMENT_FAILED: {
    message: ({ id, statement, reason }) => `Statement ${id} does not hold (${statement}): ${reason}`,
    remedy: () =>
      'The evidence of the statement names the line or the capture that speaks against it; begin there.',
  },
  NAT_COUNT: {
    message: ({ from, to, expected, seen }) =>
      `From ${from} to ${to} the source was rewritten ${seen} times instead of ${expected}`,
    remedy: () =>
      'Check AWS_VPC_K8S_CNI_EXTERNALSNAT and AWS-SNAT-CHAIN on the node, and whether its ENI has a public address.',
  },
  PUBLIC_ADDRESS_DIFFERS: {
    message: ({ pod, podAddress, node, nodeAddress }) =>
      `Pod ${pod} is seen on the internet as ${podAddress}, but its node ${node} as ${nodeAddress}`,
    remedy: () =>
      "Without the node's SNAT a pod leaves by a NAT gateway: check AWS_VPC_K8S_CNI_EXTERNALSNAT and the route table of the pod's subnet.",
  },
  KERNEL_DROPPED: {
    message: ({ function: name, reason, meaning, probes, otherwise }) =>
      `The kernel threw away each of ${probes} probes in ${name}()${reason === null ? '' : `, reason ${reason}`}${meaning === null ? '' : `: ${meaning}`}${otherwise === 0 ? '' : ` (and ${otherwise} other packets meanwhile)`}`,
    remedy: () =>
      'It is the kernel’s own word (tracepoint skb:kfree_skb), and stands where tables are silent: an eBPF or tc program, a full queue, a socket.',
  },
  CAPTURE_DROPPED: {
    message: ({ at, dropped }) =>
      `The capture at ${at} lost ${dropped} packets: what was not seen there may still have passed`,
    remedy: () => 'Run again when the node is less busy, or follow fewer endpoints at once.',
  },
  CAPTURE_FAILED: {
    message: ({ at, because }) => `Nothing could be captured at ${at}: ${because}`,
    remedy: () => 'The agent needs tcpdump and the NET_RAW and NET_ADMIN capabilities on that node.',
  },
  PREDICTION_UNKNOWN: {
    message: ({ from, to, at, because }) =>
      `The path from ${from} to ${to} cannot be predicted beyond ${at}: ${because}`,
    remedy: () =>
      'What was captured still counts. Give podpath the missing input, or look at the named line yourself.',
  },
  PREDICTED_DROP: {
    message: ({ from, to, at, because }) => `A packet from ${from} to ${to} ends at ${at}: ${because}`,
    remedy: () =>
      'Nothing that was tried mends it: look at what led it there before you change the named line; `podpath trace` sends a probe to see it happen.',
  },
  CLOCKS_DIFFER: {
    message: ({ one, other, milliseconds }) =>
      `The clocks of ${one} and ${other} differ by about ${milliseconds} ms`,
    remedy: () => 'Times between the two are left out of the report. Check chronyd on both nodes.',
  },
  NODE_UNREACHABLE: {
    message: ({ node, because }) => `Node ${node} could not be read: ${because}`,
    remedy: ({ node }) =>
      `Look at the node with kubectl describe node ${node}; what lies behind it is left out of this result.`,
  },
}
