import { faults } from './faults.ts'
import type { FaultSentences } from '../sentences/fault-sentences.ts'

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
  show: 'to see it',
  heal: 'to undo it',
  healed: (node) => `Healed on node ${node}`,
  nothingBroken: 'nothing is broken in this lab',
  exercise: {
    begun: (level) =>
      level === 3
        ? 'Two things are broken now. Which, and where? `podpath lab break` lists what it may be.'
        : 'Something is broken now. What, and where? `podpath lab break` lists what it may be.',
    forHint: 'for a hint',
    forAnswer: 'to answer',
    hint: (number, of) => `hint ${number} of ${of}`,
    noMoreHints: 'there are no more hints',
    flow: (command, faults) => (faults > 1 ? `one of them shows in ${command}` : `it shows in ${command}`),
    place: (at, node, pod) => (at === 'pod' ? `pod ${pod}` : `node ${node}`),
    shownBy: (pod) => `pod ${pod} suffers, though nothing was done to it or its node`,
    met: (where) => `people meet it here: ${where}`,
    right: (code) => `right: ${code}`,
    wrong: (code) => `wrong: ${code} is not broken`,
    missed: (code) => `it was ${code}`,
    score: ({ points, seconds, hints, questions }) =>
      `${points} points of 100: ${Math.floor(seconds / 60)} min ${seconds % 60} s, hints ${hints}, looks at the lab ${questions}`,
  },
}
