import type { Reasons } from '../facts/reason-facts.ts'

export const reasons: Reasons = {
  'same-node': ({ node }) => `both pods stand on node ${node}, so no packet leaves it`,
  'address-not-on-pod': ({ pod, address }) => `no interface of pod ${pod} has the address ${address}/32`,
  'address-on-node': ({ node, address, interface: on }) =>
    `${address} is configured on ${on} of node ${node} itself, so the node keeps the pod's packets`,
  'not-captured': ({ stack }) => `nothing was captured at ${stack}`,
  'capture-lossy': ({ stack, dropped }) =>
    `the capture at ${stack} lost ${dropped} packets, so not having seen it proves nothing`,
  'not-seen': ({ stack, interface: at, direction }) =>
    `the packet was not seen ${direction === 'in' ? 'entering' : 'leaving'} ${stack}${at === null ? '' : ` by ${at}`}`,
  'not-read': ({ stack, what }) => `${what} of ${stack} was not read`,
  'no-route': ({ stack, destination }) => `${stack} has no route to ${destination}`,
  'other-route': ({ stack, line, expected }) => `${stack} uses another route: ${line} (expected ${expected})`,
  'other-interface': ({ stack, expected, seen }) => `at ${stack} it used ${seen} instead of ${expected}`,
  'no-neighbour': ({ stack, address }) => `${stack} has no neighbour entry for ${address}`,
  'neighbour-not-permanent': ({ address, state }) =>
    `the neighbour entry of ${address} is ${state}, not PERMANENT`,
  'neighbour-other-mac': ({ address, mac, interface: at, expected }) =>
    `the neighbour entry of ${address} has MAC ${mac}, but ${at} on the node has ${expected}: the node drops these frames`,
  'addresses-changed': ({ stack, interface: at, expected, seen }) =>
    `at ${stack}${at === null ? '' : ` ${at}`} the packet is ${seen}, not ${expected}`,
  'ttl-changed': ({ stack, expected, seen }) => `at ${stack} the TTL is ${seen}, not ${expected}`,
  'ttl-not-seen': ({ stack }) => `the TTL at ${stack} is not known`,
  'next-hop': ({ stack, expected, seen }) => `from ${stack} the packet went to ${seen}, not to ${expected}`,
  'too-few-points': ({ expected, seen }) => `it was captured at ${seen} of ${expected} points`,
  'no-reply': ({ stoppedAt }) =>
    `no reply came back${stoppedAt === null ? '' : `: last seen at ${stoppedAt}`}`,
  'reply-other-way': ({ expected, seen }) => `the reply went ${seen}, not ${expected}`,
  'snat-chain-empty': ({ chain }) =>
    `${chain} holds no rule: AWS_VPC_K8S_CNI_EXTERNALSNAT=true leaves SNAT to a NAT gateway`,
  'snat-no-chain': ({ stack }) => `POSTROUTING of ${stack} does not jump to AWS-SNAT-CHAIN-0`,
  'snat-no-rule': ({ stack, destination }) => `no SNAT rule of ${stack} matches a packet to ${destination}`,
  'snat-excluded': ({ line, destination }) => `${destination} is excluded from SNAT by ${line}`,
  'snat-other-rule': ({ line }) => `another rule rewrites it: ${line}`,
  'snat-other-source': ({ line, expected, seen }) =>
    `the rule rewrites to ${seen}, not to ${expected}: ${line}`,
  'walk-undecided': ({ line, because }) => `cannot tell whether the packet matches ${line}: ${because}`,
  'not-rewritten': ({ stack, source }) => `it left ${stack} with its source unchanged: ${source}`,
  'rewritten-otherwise': ({ stack, expected, seen }) =>
    `after ${stack} the source is ${seen}, not ${expected}`,
  'gateway-not-on-path': ({ path }) => `no internet gateway on the way: ${path}`,
  'public-address-not-seen': ({ stack }) => `the packet was not seen behind ${stack}`,
  'translation-count': ({ expected, seen, list }) =>
    `${seen} translations instead of ${expected}${list === '' ? '' : `: ${list}`}`,
  'not-undone': ({ stack, expected, seen }) =>
    `behind ${stack} the reply goes to ${seen}, not to ${expected}`,
  'no-answer': ({ from, error }) => `no answer to ${from}${error === null ? '' : `: ${error}`}`,
  'not-an-address': ({ from, answer }) => `the answer to ${from} is no address: ${answer}`,
  'public-differs': ({ pod, node }) => `the pod is seen as ${pod}, its node as ${node}`,
  'public-not-nodes': ({ expected, seen }) => `the internet sees ${seen}, not ${expected}`,
  'public-not-known': ({ node }) => `neither EC2 nor Kubernetes told the public address of node ${node}`,
}
