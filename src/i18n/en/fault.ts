import { faults } from './faults.ts'
import type { FaultSentences } from '../fault-sentences.ts'

export const fault: FaultSentences = {
  title: 'What can be broken',
  rooms: {
    'node-routing': 'On a node: interfaces, routes and policy rules',
    'node-netfilter': 'On a node: iptables, nftables and ipset',
    'node-services': 'On a node: the rules of kube-proxy',
    pod: 'In a pod',
    vpc: 'In the VPC',
    kubernetes: 'In Kubernetes',
    settings: 'In the environment of aws-node',
  },
  faults,
  broke: (node, pod) => `Broken on node ${node}, for pod ${pod}`,
  brokeSecretly: 'Something is broken now. Which hop, and which line?',
  show: 'to see it',
  heal: 'to undo it',
  healed: (node) => `Healed on node ${node}`,
  nothingBroken: 'nothing is broken in this lab',
}
