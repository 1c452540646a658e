import { formatIp, isIp4, parseIp, type Ip } from '../model/address.ts'
import type { Fabric } from '../model/fabric.ts'
import type { Endpoint } from '../model/result.ts'
import type { NetworkStack } from '../model/stack.ts'
import { internetStack, stackKind, stackName, type StackId } from '../model/stack-id.ts'

/** What a user typed for one end of a flow through a snapshot, found; or one sentence that says what to give. */
export type Sought<T> = T | { readonly problem: string }

/** Where a flow starts: a stack, and the address to send from where the user gave one. */
export interface Sender {
  readonly stack: StackId
  readonly source: Ip | null
  readonly endpoint: Endpoint
}

export interface Receiver {
  readonly address: Ip
  readonly endpoint: Endpoint
}

/** A STACK id, `NAMESPACE/POD` for `pod/NAMESPACE/POD`, or an address that a stack of the snapshot has. */
export function findSender(fabric: Fabric, typed: string): Sought<Sender> {
  const named = stackNamed(fabric, typed)
  if (named) return { stack: named.id, source: null, endpoint: endpointOf(fabric, named) }
  if (typed === internetStack)
    return {
      stack: internetStack,
      source: null,
      endpoint: { kind: 'host', name: internetStack, address: '' },
    }
  const address = parseIp(typed)
  if (address === undefined) return { problem: `no stack of the snapshot has this name: ${someOf(fabric)}` }
  const owners = ownersOf(fabric, address)
  const [owner] = owners
  if (!owner) return { problem: `no stack of the snapshot has this address: ${someOf(fabric)}` }
  if (owners.length > 1)
    return { problem: `${owners.map((stack) => stack.id).join(' and ')} both have it: name the one you mean` }
  return { stack: owner.id, source: address, endpoint: { ...endpointOf(fabric, owner), address: typed } }
}

/** An address, or a stack by its name: then its first address of its own. */
export function findReceiver(fabric: Fabric, typed: string): Sought<Receiver> {
  const address = parseIp(typed)
  if (address !== undefined) {
    const [owner] = ownersOf(fabric, address)
    const endpoint: Endpoint = owner
      ? { ...endpointOf(fabric, owner), address: typed }
      : { kind: 'address', name: typed, address: typed }
    return { address, endpoint }
  }
  const named = stackNamed(fabric, typed)
  const own = named && firstAddress(named)
  if (named && own !== undefined) return { address: own, endpoint: endpointOf(fabric, named) }
  return { problem: 'a snapshot is asked for an IP address or one of its stacks' }
}

const stackNamed = (fabric: Fabric, typed: string): NetworkStack | undefined =>
  fabric.stacks.find((stack) => stack.id === typed) ??
  fabric.stacks.find((stack) => stack.id === `pod/${typed}`)

const ownersOf = (fabric: Fabric, address: Ip): readonly NetworkStack[] =>
  fabric.stacks.filter((stack) =>
    stack.links.some(
      (link) => link.type !== 'loopback' && link.addresses.some((one) => one.address === address),
    ),
  )

/** IPv4 first: it is what nearly every cluster speaks. */
function firstAddress(stack: NetworkStack): Ip | undefined {
  const own = stack.links
    .filter((link) => link.type !== 'loopback')
    .flatMap((link) => link.addresses)
    .filter((one) => one.scope === 'global')
  return (own.find((one) => isIp4(one.address)) ?? own[0])?.address
}

function endpointOf(fabric: Fabric, stack: NetworkStack): Endpoint {
  const address = firstAddress(stack)
  const kind = stackKind(stack.id)
  return {
    kind: kind === 'pod' || kind === 'node' ? kind : 'address',
    name: stackName(stack.id),
    address: address === undefined ? '' : formatIp(address),
    ...nodeOf(fabric, stack.id, kind),
  }
}

/** A pod's node is the one that its wire leads to. */
function nodeOf({ wires }: Fabric, id: StackId, kind: ReturnType<typeof stackKind>): { node?: string } {
  if (kind === 'node') return { node: stackName(id) }
  if (kind !== 'pod') return {}
  const ends = wires.flatMap(({ a, b }) => (a.stack === id ? [b] : b.stack === id ? [a] : []))
  const node = ends.find((end) => stackKind(end.stack) === 'node')
  return node ? { node: stackName(node.stack) } : {}
}

const mostNamed = 12

function someOf(fabric: Fabric): string {
  const ids = fabric.stacks.map((stack) => stack.id)
  const more = ids.length - mostNamed
  return `it has ${ids.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
