import { parseIp } from '../model/address/address.ts'
import type { Evidence } from '../model/result/finding.ts'
import { nodeStack, podStack, type StackId } from '../model/stack/stack-id.ts'
import { claim, type AnyClaim } from './claim.ts'
import { shortNode, shortPod, type PublicAddressFacts } from './facts.ts'
import { failed, passed, unknown, type Found, type Outcome } from './outcome.ts'

const podId = ({ pod }: PublicAddressFacts): StackId => {
  const [namespace = 'default', name = pod.name] = pod.name.includes('/')
    ? pod.name.split('/')
    : ['default', pod.name]
  return podStack(namespace, name)
}

/** What one side was told, if it is an address at all. */
function answerOf(facts: PublicAddressFacts, side: 'pod' | 'node'): Found<string> {
  const { name, answer, error } = facts[side]
  const at = side === 'pod' ? podId(facts) : nodeStack(name)
  const from = side === 'pod' ? shortPod(name) : shortNode(name)
  if (answer === null) return { miss: failed(at, { code: 'no-answer', facts: { from, error } }) }
  const text = answer.trim()
  return parseIp(text) === undefined
    ? { miss: failed(at, { code: 'not-an-address', facts: { from, answer: text.slice(0, 80) } }) }
    : { found: text }
}

const answers = (facts: PublicAddressFacts): readonly Evidence[] => [
  { kind: 'note', text: `${shortPod(facts.pod.name)}: ${facts.pod.answer?.trim() ?? '-'}` },
  { kind: 'note', text: `${shortNode(facts.node.name)}: ${facts.node.answer?.trim() ?? '-'}` },
]

function sameAddress(facts: PublicAddressFacts): Outcome {
  const pod = answerOf(facts, 'pod')
  if (pod.miss) return pod.miss
  const node = answerOf(facts, 'node')
  if (node.miss) return node.miss
  return pod.found === node.found
    ? passed(answers(facts))
    : failed(
        podId(facts),
        { code: 'public-differs', facts: { pod: pod.found, node: node.found } },
        answers(facts),
      )
}

function nodesOwn(facts: PublicAddressFacts): Outcome {
  const at = nodeStack(facts.node.name)
  const node = answerOf(facts, 'node')
  if (node.miss) return node.miss
  if (facts.publicAddress === null)
    return unknown(
      at,
      { code: 'public-not-known', facts: { node: shortNode(facts.node.name) } },
      answers(facts),
    )
  return node.found === facts.publicAddress
    ? passed(answers(facts).slice(1))
    : failed(
        at,
        { code: 'public-not-nodes', facts: { expected: facts.publicAddress, seen: node.found } },
        answers(facts).slice(1),
      )
}

/** The tutorial's statements of the public address of a pod and its node. */
export const publicAddress: readonly AnyClaim<PublicAddressFacts>[] = [
  claim({
    id: 'public-address.1',
    says: (facts: PublicAddressFacts) => ({
      pod: shortPod(facts.pod.name),
      node: shortNode(facts.node.name),
    }),
    holds: sameAddress,
  }),
  claim({
    id: 'public-address.2',
    says: (facts: PublicAddressFacts) => ({
      node: shortNode(facts.node.name),
      address: facts.publicAddress,
      natGateway: facts.natGateway,
    }),
    holds: nodesOwn,
  }),
]
