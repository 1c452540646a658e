import type { CommandSentences } from '../sentences/command-sentences.ts'

export const command: CommandSentences = {
  usage: {
    wholeNumber: (option, text, least, most) =>
      `${option} ${text}: give a whole number from ${least} to ${most}`,
    quantity: (option, text) => `${option} ${text}: give a quantity as Kubernetes has them, like 256Mi`,
    kubernetesName: (option, text) => `${option} ${text}: give a name of small letters, digits and dashes`,
    size: (option, text, least, most) =>
      `${option} ${text}: give a size from ${least}m to ${most}m, which is what this machine has`,
    instanceType: (text, known) => `--instance-type ${text}: the lab knows ${known.join(', ')}`,
    protocol: (text) => `--protocol ${text}: give icmp, tcp, udp or an IANA number`,
    contradict: (one, other) => `${one} and ${other} contradict each other: give one of them`,
    exclude: (options) =>
      `${options.slice(0, -1).join(', ')} and ${options.at(-1) ?? ''} exclude each other: give one of them`,
    twoClusters: '--lab and --context or --kubeconfig name two clusters: give one of them',
    nodeBesideBundle: '--node and --bundle each say what was recorded: give one of them',
    nodeFiles: (word) => `--node ${word}: give NAME=FILE, a node and what was pasted of it`,
    clusterBesideBundle: '--bundle is a recorded snapshot: give no cluster besides',
    assumptionWithoutBundle: '--assume-vpc is for --bundle: from a cluster the VPC is read',
    flowsWithoutBundle: '--flows needs --bundle PATH: a recorded snapshot',
    unreadableFlows: (file, because) => `--flows ${file}: ${because}`,
    twoEndpoints: 'explain needs two ends: podpath explain FROM TO (see podpath explain --help)',
    probeProtocol: (protocol) =>
      `--probe sends icmp or tcp: an unanswered ${protocol} datagram proves nothing`,
    probePort: '--probe --protocol tcp needs --port N: which port do the pods listen on?',
    probeBundle: '--probe needs a cluster: nothing can be sent in a recorded snapshot',
    nothingToChange:
      'nothing to change: give --apply, --set-env, --run, --aws, --cure, or --before and --after',
    bothSnapshots: '--before and --after go together, and with no other change and no --bundle',
    runWithoutNode: '--run needs --on NODE',
    nodeWithoutRun: '--on says where --run is typed: give --run',
    twoOnOutput: '--json and --out - both want standard output: give one of them, or a file',
    captureAtTerminal:
      '--out - writes a pcapng, which is nothing for a terminal: pipe it to Wireshark, or give a file',
    inputIsDirectory: 'standard input is a directory: give a file, a pipe, or </dev/null',
    agentBySsh: (option) => `${option} and --via ssh exclude each other: by ssh there is no agent`,
    sshFileForLab: (option) =>
      `${option} is not for a lab: its bastion has its own key, configuration and host keys`,
    needsSsh: (option) => `${option} needs --via ssh`,
    pullSecret:
      '--agent-pull-secret needs --agent-namespace NAME: a namespace that podpath makes has no secrets',
    nodeSelector: (text) => `--node-selector ${text}: give labels as KEY=VALUE, separated by commas`,
    sshUser: (text) => `--ssh-user ${JSON.stringify(text)} is no user's name`,
    sshJump: (text) => `--ssh-jump ${JSON.stringify(text)} is not [USER@]HOST[:PORT], separated by commas`,
    unreadable: (option, path) => `${option}: cannot read ${path}`,
    notEmpty: (directory) => `--out ${directory}: it is not empty; name a new directory`,
    unwritable: (what, because) => `${what}: ${because}`,
    portTaken: (port) => `--port ${port} is taken: give another, or none for any that is free`,
    portRefused: (port) => `--port ${port} is not for everybody: give one above 1023`,
    noPage: 'the web page is not built: npm run build',
    alreadyBroken: (code, heal) => `${code} is broken already: \`${heal}\` undoes it`,
    noExercise: (start) => `no exercise runs in this lab: \`${start}\` begins one`,
    exerciseRuns: (heal) => `an exercise runs in this lab: \`${heal}\` ends it`,
    randomAndNamed: (code) => `--random and ${code}: one of the two`,
    notInSubnets: (code, subnets) =>
      subnets === 'private'
        ? `${code}: behind a NAT gateway nothing would fail; this lab's subnets are private`
        : `${code}: a lab with private subnets has it (podpath lab up --subnets private); this lab's are public`,
    noVictim: (code, because) => `${code}: ${because}`,
  },
  noVictim: {
    'no-pod': ({ pod }) => `no pod ${pod === null ? '' : `${pod} `}is ready: podpath lab status lists them`,
    'no-later-eni': () =>
      'it needs a pod whose address is on a second ENI: kubectl scale deploy netshoot-pod --replicas=21 makes some',
    'none-suits': () => 'no pod of this lab suits it, or there is none on another node to speak with',
  },
  stillBroken: (code, because) => `${code} is still there: ${because}`,
  runNotKept: (because) => `the run is not kept: ${because}`,
  runsNotKept: (because) => `runs are neither kept nor shown: ${because}`,
  browserNotOpened: (because) => `the browser is not opened: ${because}`,
  openAddress: 'open the printed address',
  read: {
    kinds: {
      link: 'interfaces and addresses, as ip addr prints them',
      'brief-link': 'interfaces and addresses, as ip -br prints them',
      route: 'routes, as ip route prints them',
      'kernel-table': 'routes, as route -n prints them',
      rule: 'policy rules, as ip rule prints them',
      neighbour: 'neighbours, as ip neigh prints them',
      arp: 'neighbours, as arp prints them',
      'iptables-save': 'iptables, as iptables-save prints it',
      'iptables-rules': 'iptables, as iptables -S prints it',
      'iptables-list': 'iptables, as iptables -L prints it',
      nft: 'nftables, as nft list ruleset prints it',
      ipset: 'sets, as ipset save prints them',
      sysctl: 'kernel parameters, as sysctl prints them',
      conntrack: 'connections, as conntrack -L prints them',
      ifconfig: 'interfaces, as ifconfig prints them',
      'pods-wide': 'pods, as kubectl get pod -o wide prints them',
      'pods-object': 'pods, as kubectl get pod -o yaml or json prints them',
      unknown: 'not used',
    },
    table: (name) => `table ${name}`,
    nothing: 'nothing is recognised',
  },
  badFlows: (file, lines) => `--flows ${file}: ${lines} lines are no flows`,
  exported: (files, directory) => `${files} files written to ${directory}: begin with README.md`,
  notRecorded: (what, at, because) => `not recorded: ${what} of ${at}: ${because}`,
  recorded: (stacks, directory) => `${stacks} network stacks recorded in ${directory}`,
  recordedInPart: (unread, nodes) =>
    `in part: ${unread} of ${nodes} nodes could not be read, and what passes them will be unknown`,
  manyNodes: (nodes) =>
    `A pod of podpath's own is made on each of ${nodes} nodes, and removed at the end. Go on?`,
  systemReasons: {},
}
