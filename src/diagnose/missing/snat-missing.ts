import { parseIp } from '../../model/address/address.ts'
import type { Path } from '../../model/path/path.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import { awsChain, chainsOf, whyUntouched, type WhyUntouched } from '../../tutorial/snat-untouched.ts'
import type { NatOutcome } from '../../forward/explain/nat-walk.ts'
import { postrouting } from '../../tutorial/tables.ts'

/** A node sent a pod's packet on with the pod's own address, to an internet gateway, which carries none without a public one. */
export interface SnatMissing {
  readonly kind: 'snat'
  readonly at: StackId
  readonly address: string
  /** Why no rule of the node rewrote it. */
  readonly why: WhyUntouched
  /** The rule or the chain that this rests on; null: it is a jump that is not there. */
  readonly line: string | null
  /** Of the VPC, which leads to the internet gateway. */
  readonly route: string | null
}

/** Null: the packet ended elsewhere, or was rewritten, or nobody can tell why it was not. */
export function snatMissing(path: Path, stacks: ReadonlyMap<StackId, NetworkStack>): SnatMissing | null {
  const { verdict, stoppedAt, forward } = path
  if (verdict !== 'dropped' || stoppedAt === null || stackKind(stoppedAt) !== 'igw') return null
  const [sender] = forward
  const at = forward.findIndex((hop) => stackKind(hop.stack) === 'node')
  const node = forward[at]
  const stack = node && stacks.get(node.stack)
  const packet = node?.packetIn
  if (!sender || stackKind(sender.stack) !== 'pod' || !node || !stack || !packet) return null
  if (node.packetOut?.src !== packet.src || parseIp(packet.src) === undefined) return null
  const walk = postrouting(stack, packet, node.in, node.out)
  if (walk?.kind !== 'untouched') return null
  const why = whyUntouched(walk, stack, node.stack, packet.dst)
  return {
    kind: 'snat',
    at: node.stack,
    address: packet.src,
    why,
    line: lineOf(why, walk, stack),
    route:
      forward
        .slice(at)
        .flatMap((hop) => hop.decisions)
        .findLast(({ stage }) => stage === 'vpc-route')?.by ?? null,
  }
}

function lineOf(why: WhyUntouched, walk: NatOutcome, stack: NetworkStack): string | null {
  switch (why.code) {
    case 'snat-excluded':
      return why.facts.line
    case 'snat-chain-empty':
      return chainsOf(stack).find(({ name }) => name === why.facts.chain)?.line ?? null
    case 'snat-no-rule':
      // A chain that was emptied, or the rule that the destination did not match: an excluded prefix of older releases.
      return (
        chainsOf(stack).find(({ rules }) => rules.length === 0)?.line ??
        walk.passedOver.findLast(({ chain }) => chain.startsWith(awsChain))?.line ??
        null
      )
    default:
      return null
  }
}
