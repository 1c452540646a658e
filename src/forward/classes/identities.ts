/** What tells one pod from every other: its address, its devices and their MACs. */
import { formatIp, type Ip4 } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'

/** Who may be in a class: a pod, by its stack and the address that it is asked for by. */
export interface ClassMember {
  readonly stack: StackId
  readonly address: number
}

export interface Identity {
  readonly index: number
  readonly text: string
  readonly pod: NetworkStack
  readonly node: StackId
  /** The node's end of the pod's device. */
  readonly outside: string
  readonly macs: readonly (string | null)[]
}

export interface Identities {
  /** By member; null: it is not a pod with one wire, to a node, and its address on the device at the end of it. */
  readonly of: readonly (Identity | null)[]
  /** By `STACK DEVICE`. */
  readonly byDevice: ReadonlyMap<string, Identity>
  readonly byMac: ReadonlyMap<string, Identity>
  /** Those whose MAC is another's as well. */
  readonly clashing: readonly number[]
}

interface WireOfStack {
  readonly near: string
  readonly stack: StackId
  readonly far: string
}

export function identitiesOf(fabric: Fabric, members: readonly ClassMember[]): Identities {
  const stacks = new Map(fabric.stacks.map((stack) => [stack.id, stack]))
  const wires = wiresOf(fabric)
  const seen = new Set<StackId>()
  const byDevice = new Map<string, Identity>()
  const byMac = new Map<string, Identity>()
  const clashing: number[] = []
  const of = members.map(({ stack: id, address }, index): Identity | null => {
    const pod = stacks.get(id)
    const [wire, second] = wires.get(id) ?? []
    const twice = seen.has(id)
    seen.add(id)
    if (pod === undefined || wire === undefined || second !== undefined || twice) return null
    if (stackKind(id) !== 'pod' || stackKind(wire.stack) !== 'node') return null
    const link = pod.links.find(({ name }) => name === wire.near)
    const far = stacks.get(wire.stack)?.links.find(({ name }) => name === wire.far)
    if (!link?.addresses.some((one) => one.address === address) || far === undefined) return null
    const text = formatIp(address as Ip4)
    const macs = [link.mac, far.mac]
    const identity: Identity = { index, text, pod, node: wire.stack, outside: wire.far, macs }
    byDevice.set(`${wire.stack} ${wire.far}`, identity)
    for (const mac of macs) {
      if (mac === null || mac === '00:00:00:00:00:00') continue
      const other = byMac.get(mac)
      if (other === undefined) byMac.set(mac, identity)
      else if (other !== identity) clashing.push(index, other.index)
    }
    return identity
  })
  return { of, byDevice, byMac, clashing }
}

function wiresOf({ wires }: Fabric): ReadonlyMap<StackId, readonly WireOfStack[]> {
  const found = new Map<StackId, WireOfStack[]>()
  for (const { a, b } of wires)
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const) {
      const some = found.get(near.stack) ?? []
      some.push({ near: near.interface, stack: far.stack, far: far.interface })
      found.set(near.stack, some)
    }
  return found
}
