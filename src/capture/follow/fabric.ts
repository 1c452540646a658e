import type { Ip } from '../../model/address/address.ts'
import { contains } from '../../model/address/prefix.ts'
import { stackKind, vpcStack, type StackId } from '../../model/stack/stack-id.ts'
import type { FollowInput, FollowStack, VpcFacts } from './input.ts'

/** One end of a wire. */
export interface Point {
  readonly stack: StackId
  readonly interface: string
}

/** What following asks of the fabric, ready to be asked often. */
export interface FollowFabric {
  readonly vpc: VpcFacts | null
  /** The other end of the wire, where it is known. */
  peerOf(point: Point): Point | null
  /** Would a packet at this point have been captured, if the capture lost none? */
  covers(point: Point): boolean
  /** Were all interfaces of the stack captured? */
  coversAll(stack: StackId): boolean
  /** Does absence prove anything here? */
  isReliable(stack: StackId): boolean
  /** Is the address the stack's own? Null: its addresses are not known. */
  holds(stack: StackId, address: Ip): boolean | null
  /** The stack that holds the address, where one is known. */
  ownerOf(address: Ip): StackId | null
  /** The ENI behind which a service of AWS answers at this address. */
  serviceAt(address: Ip): StackId | null
  /** A stack that is wired to this one and captured: the node of a pod. */
  neighbourOf(stack: StackId): StackId | null
  /** The stack's name in the result; `vpc/unknown` where the VPC has no known id. */
  readonly vpcStack: StackId
  isInVpc(address: Ip): boolean
}

const pointKey = (point: Point): string => `${point.stack}\n${point.interface}`

export function followFabric(input: Pick<FollowInput, 'stacks' | 'wires' | 'vpc'>): FollowFabric {
  const stacks = new Map<StackId, FollowStack>(input.stacks.map((stack) => [stack.stack, stack]))
  const peers = new Map<string, Point>()
  const neighbours = new Map<StackId, StackId>()
  const owners = new Map<Ip, StackId>()
  for (const { a, b } of input.wires) {
    const left = { stack: a[0], interface: a[1] }
    const right = { stack: b[0], interface: b[1] }
    peers.set(pointKey(left), right)
    peers.set(pointKey(right), left)
    if (stackKind(right.stack) === 'node') neighbours.set(left.stack, right.stack)
    if (stackKind(left.stack) === 'node') neighbours.set(right.stack, left.stack)
  }
  for (const { stack, addresses } of input.stacks)
    for (const address of addresses)
      if (!isLoopback(address) && !owners.has(address)) owners.set(address, stack)
  const covered = (stack: StackId): 'any' | readonly string[] => stacks.get(stack)?.captured ?? []
  return {
    vpc: input.vpc,
    vpcStack: vpcStack(input.vpc?.id ?? 'unknown'),
    peerOf: (point) => peers.get(pointKey(point)) ?? null,
    covers(point) {
      const captured = covered(point.stack)
      return captured === 'any' || captured.includes(point.interface)
    },
    coversAll: (stack) => covered(stack) === 'any',
    isReliable: (stack) => stacks.get(stack)?.dropped === 0,
    holds(stack, address) {
      const addresses = stacks.get(stack)?.addresses ?? []
      return addresses.length === 0 ? null : addresses.includes(address)
    },
    ownerOf: (address) => owners.get(address) ?? null,
    serviceAt: (address) => input.vpc?.managed?.get(address) ?? null,
    neighbourOf: (stack) => neighbours.get(stack) ?? null,
    isInVpc: (address) => input.vpc?.prefixes.some((prefix) => contains(prefix, address)) ?? false,
  }
}

const isLoopback = (address: Ip): boolean =>
  typeof address === 'number' ? address >>> 24 === 127 : address === 1n

/** Can no capture look inside this stack? */
export const isBeyondCapture = (stack: StackId): boolean =>
  ['vpc', 'igw', 'nat', 'eni', 'internet'].includes(stackKind(stack))
