import type { BundleWire } from '../../bundle/bundle.ts'
import { jsonValue } from '../../edge/json.ts'
import { stackKind, vpcStack } from '../../model/stack/stack-id.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { listAt, listOf, numberAt, textAt } from '../../edge/fields.ts'

/** One stack's `ip -json -details link show`, and the node it is on. */
export interface StackLinks {
  readonly stack: StackId
  readonly node: string
  readonly linkJson: string
}

interface LinkEnd {
  readonly name: string
  readonly index: number
  /** The index of the other end, which lies in another namespace; null when it does not. */
  readonly peer: number | null
  readonly kind: string
  readonly mac: string
}

/**
 * The veth pairs between a node and the pods on it, from what the kernel says of both ends: each names the other's
 * index in its own namespace (IFLA_LINK). A pod's pair may lead elsewhere, so both must agree, and an end that two
 * pods claim belongs to neither: a wire is never guessed.
 */
export function vethWires(stacks: readonly StackLinks[]): readonly BundleWire[] {
  const wires: BundleWire[] = []
  for (const host of stacks.filter(({ stack }) => stackKind(stack) === 'node')) {
    const hostEnds = new Map(readEnds(host.linkJson).map((end) => [end.index, end]))
    const claims = new Map<number, BundleWire[]>()
    for (const pod of stacks.filter((one) => one.node === host.node && one !== host)) {
      const ends = readEnds(pod.linkJson).filter((end) => end.kind === 'veth' && end.peer !== null)
      for (const end of ends) {
        const other = hostEnds.get(end.peer ?? -1)
        if (other?.kind !== 'veth' || other.peer !== end.index) continue
        const wire: BundleWire = { a: [pod.stack, end.name], b: [host.stack, other.name] }
        claims.set(other.index, [...(claims.get(other.index) ?? []), wire])
      }
    }
    for (const claim of claims.values()) {
      const [wire, second] = claim
      if (wire && !second) wires.push(wire)
    }
  }
  return wires
}

/** The nodes' devices and the ENIs they are, by hardware address: `[node/…, eth0]` and `[vpc/ID, eni-…]`. */
export function eniWires(stacks: readonly StackLinks[], networkInterfaces: unknown): readonly BundleWire[] {
  const byMac = new Map<string, readonly [StackId, string]>()
  for (const { stack, linkJson } of stacks)
    if (stackKind(stack) === 'node')
      for (const end of readEnds(linkJson)) byMac.set(end.mac, [stack, end.name])
  return listAt(networkInterfaces, 'NetworkInterfaces').flatMap((eni): BundleWire[] => {
    const a = byMac.get(textAt(eni, 'MacAddress')?.toLowerCase() ?? 'none')
    const id = textAt(eni, 'NetworkInterfaceId')
    const vpc = textAt(eni, 'VpcId')
    return a && id !== undefined && vpc !== undefined ? [{ a, b: [vpcStack(vpc), id] }] : []
  })
}

function readEnds(linkJson: string): readonly LinkEnd[] {
  return listOf(jsonValue(linkJson)).flatMap((row): LinkEnd[] => {
    const name = textAt(row, 'ifname')
    const index = numberAt(row, 'ifindex')
    if (name === undefined || index === undefined) return []
    return [
      {
        name,
        index,
        peer: numberAt(row, 'link_index') ?? null,
        kind: textAt(row, 'linkinfo', 'info_kind') ?? '',
        mac: textAt(row, 'address')?.toLowerCase() ?? '',
      },
    ]
  })
}
