import type { Bundle } from '../bundle/bundle.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { ClusterFacts } from '../kubernetes/facts.ts'
import { nearest, resolveEndpoint, type Resolved } from './resolve.ts'
import { formatIp, isIp4, parseIp, type Ip } from '../model/address/address.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { Endpoint } from '../model/result/result.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import { internetStack, stackKind, stackName, type StackId } from '../model/stack/stack-id.ts'
import { deploymentsOf, recordedFacts, recordedNames } from '../bundle/recorded-facts.ts'
import { noService, offered, type End, type FlowReceiver, type FlowSender } from './ends.ts'
import { isSender, stackOfSender } from './sender.ts'

/** A recorded snapshot that an end is sought in, and the fabric that was read from it. */
export interface Recorded {
  readonly bundle: Bundle
  readonly fabric: Fabric
  /** Of names without one; default: `default`. */
  readonly namespace?: string
}

/** A recording holds no answers of the DNS: whoever is meant has an address. */
export type AddressedReceiver = FlowReceiver & { readonly address: Ip }

/**
 * Who sends in a snapshot: a stack by its id, an address that a stack has, or whatever a user calls a pod or a node of a
 * cluster, where Kubernetes' objects were recorded. Rejects with a ClusterError: `bad-endpoint`, `no-such-endpoint`.
 */
export async function senderOf(recorded: Recorded, typed: string): Promise<FlowSender> {
  const { fabric } = recorded
  const found = senderByStack(fabric, typed)
  if (found instanceof ClusterError) throw found
  if (found) return found
  if (parseIp(typed) !== undefined)
    throw notFound(typed, `no stack of the snapshot has this address: ${someOf(fabric)}`)
  for (const one of await resolved(recorded, typed)) {
    const id = isSender(one) ? stackOfSender(one) : null
    if (id === null) continue
    if (isRecorded(fabric, id)) return { stack: id, source: null, endpoint: one.endpoint, seat: null }
    throw notFound(typed, `the network stack ${id} was not recorded: ${someOf(fabric)}`)
  }
  throw new ClusterError(
    'bad-endpoint',
    `${typed}: a packet is sent by a pod or a node; give POD, deploy/NAME or node/NAME`,
  )
}

/**
 * A stack by its id, `NAMESPACE/POD` for `pod/NAMESPACE/POD`, `internet`, or the only stack that has the address; null where
 * no stack is called so, a `bad-endpoint` where two have the address.
 */
export function senderByStack(fabric: Fabric, typed: string): FlowSender | ClusterError | null {
  const named = stackNamed(fabric, typed)
  if (named) return { stack: named.id, source: null, endpoint: endpointOf(fabric, named), seat: null }
  if (typed === internetStack)
    return {
      stack: internetStack,
      source: null,
      endpoint: { kind: 'host', name: internetStack, address: '' },
      seat: null,
    }
  const address = parseIp(typed)
  if (address === undefined) return null
  const owners = ownersOf(fabric, address)
  const [owner] = owners
  if (!owner) return null
  if (owners.length > 1)
    return new ClusterError(
      'bad-endpoint',
      `${typed}: ${owners.map((stack) => stack.id).join(' and ')} both have it: name the one you mean`,
    )
  return {
    stack: owner.id,
    source: address,
    endpoint: { ...endpointOf(fabric, owner), address: typed },
    seat: null,
  }
}

/**
 * Who is sent to: any address, a stack, or whatever a user calls a pod, a node or a service of a cluster, and the names of
 * the DNS that the snapshot knows. Rejects with a ClusterError: `bad-endpoint`, `no-such-endpoint`.
 */
export async function receiverOf(recorded: Recorded, typed: string): Promise<AddressedReceiver> {
  const { fabric } = recorded
  const address = parseIp(typed)
  if (address !== undefined) {
    const [owner] = ownersOf(fabric, address)
    const endpoint: Endpoint = owner
      ? { ...endpointOf(fabric, owner), address: typed }
      : { kind: 'address', name: typed, address: typed }
    return { address, endpoint, ...noService }
  }
  const named = stackNamed(fabric, typed)
  const own = named && firstAddress(named)
  if (named && own !== undefined) return { address: own, endpoint: endpointOf(fabric, named), ...noService }
  const [found] = await resolved(recorded, typed)
  const at = parseIp(found?.endpoint.address ?? '')
  if (!found || at === undefined) throw notFound(typed, 'it has no address')
  return { address: at, endpoint: found.endpoint, ...offered(found) }
}

/**
 * Everything that the words mean, a deployment's pods each. Rejects with a ClusterError: `bad-endpoint`,
 * `no-such-endpoint`, the latter also for what has no address.
 */
export async function everyEndOf(recorded: Recorded, typed: string): Promise<readonly End[]> {
  const { fabric } = recorded
  const address = parseIp(typed)
  const found: readonly End[] =
    stackNamed(fabric, typed) !== undefined || address !== undefined
      ? [await endBySelf(recorded, typed)]
      : (await resolved(recorded, typed)).map((one) => {
          const id = isSender(one) ? stackOfSender(one) : null
          return {
            endpoint: one.endpoint,
            stack: id !== null && isRecorded(fabric, id) ? id : null,
            seat: null,
            ...offered(one),
          }
        })
  const nameless = found.find(({ endpoint }) => parseIp(endpoint.address) === undefined)
  if (nameless) throw notFound(nameless.endpoint.name, 'it has no address')
  return found
}

/** A stack by its id, or an address whoever has it. */
async function endBySelf(recorded: Recorded, typed: string): Promise<End> {
  const { fabric } = recorded
  const sender = senderByStack(fabric, typed)
  const { endpoint } = await receiverOf(recorded, typed)
  return {
    endpoint,
    stack: sender === null || sender instanceof ClusterError ? null : sender.stack,
    seat: null,
    ...noService,
  }
}

const isRecorded = (fabric: Fabric, id: StackId): boolean => fabric.stacks.some((stack) => stack.id === id)

/** Everything that the words mean, as on a cluster, from what was recorded of it. */
async function resolved(
  { bundle, fabric, namespace = home }: Recorded,
  typed: string,
): Promise<readonly Resolved[]> {
  const facts = recordedFacts(bundle)
  if (facts === null)
    throw notFound(typed, `the snapshot has no such stack: ${someOf(fabric, typed)}; or give an address`)
  const deployment = /^deploy(?:ment)?\/(?:([^/]+)\/)?([^/]+)$/.exec(typed)
  if (deployment) return resolvedDeployment(facts, deployment[1] ?? namespace, deployment[2] ?? '')
  const found = await resolve(facts, namespace, typed)
  if (!found.some(({ kind }) => kind === 'host')) return found
  const wanted = typed.toLowerCase().replace(/\.$/, '')
  const known = recordedNames(bundle, facts).find(
    ({ name }) => name.toLowerCase() === wanted || name === `${wanted}.cluster.local`,
  )
  if (known) return (await resolve(facts, namespace, known.end)).map((one) => calledByName(one, typed))
  throw notFound(
    typed,
    'a snapshot holds no answers of the DNS, and nothing in it has this name: give an address',
  )
}

/** An address of nobody's is called as it was asked for. */
const calledByName = (found: Resolved, name: string): Resolved =>
  found.kind === 'address'
    ? { kind: 'host', endpoint: { kind: 'host', name, address: found.endpoint.address } }
    : found

/** The namespace of names without one, where nobody names another. */
const home = 'default'

const resolve = (facts: ClusterFacts, namespace: string, typed: string): Promise<readonly Resolved[]> =>
  resolveEndpoint(typed, facts, { namespace, deployment: noDeployments })

/** Deployments are no part of a snapshot: their pods tell of them. */
const noDeployments = (): Promise<never> =>
  Promise.reject(new ClusterError('not-found', 'a snapshot holds no deployments'))

async function resolvedDeployment(
  facts: ClusterFacts,
  namespace: string,
  name: string,
): Promise<readonly Resolved[]> {
  const deployments = deploymentsOf(facts)
  const pods = deployments.get(`${namespace}/${name}`)
  if (pods)
    return (await Promise.all(pods.map((pod) => resolve(facts, namespace, `pod/${namespace}/${pod}`)))).flat()
  const near = nearest(`${namespace}/${name}`, [...deployments.keys()])
  throw new ClusterError(
    'no-such-endpoint',
    `no recorded pod that runs is of a deployment ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}${near.length === 0 ? '' : `; near it: ${near.join(', ')}`}`,
  )
}

const stackNamed = (fabric: Fabric, typed: string): NetworkStack | undefined =>
  fabric.stacks.find((stack) => stack.id === typed) ??
  fabric.stacks.find((stack) => stack.id === `pod/${typed}`)

/** Also by an address of `lo`, as routers have; 127.0.0.1 and ::1 are everybody's. */
const ownersOf = (fabric: Fabric, address: Ip): readonly NetworkStack[] =>
  (isIp4(address) ? address >>> 24 === 127 : address === 1n)
    ? []
    : fabric.stacks.filter((stack) =>
        stack.links.some((link) => link.addresses.some((one) => one.address === address)),
      )

/** IPv4 first: it is what nearly every cluster speaks. */
function firstAddress(stack: NetworkStack): Ip | undefined {
  // What has no other address has one of `lo`.
  const own = [...stack.links]
    .sort((a, b) => Number(a.type === 'loopback') - Number(b.type === 'loopback'))
    .flatMap((link) => link.addresses)
    .filter((one) => one.scope === 'global')
  return (own.find((one) => isIp4(one.address)) ?? own[0])?.address
}

/** A stack as one end of a flow: its name, and the first address that it would use. */
export function endpointOf(fabric: Fabric, stack: NetworkStack): Endpoint {
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

const notFound = (typed: string, what: string): ClusterError =>
  new ClusterError('no-such-endpoint', `${typed}: ${what}`)

const mostNamed = 12

/** The stacks that somebody may have meant; those that there are, where nothing is near. */
function someOf(fabric: Fabric, typed = ''): string {
  const ids = fabric.stacks.map((stack) => stack.id)
  const near = typed === '' ? [] : nearest(typed, ids)
  if (near.length > 0) return `near it: ${near.join(', ')}`
  if (ids.length === 0) return 'it has none'
  const more = ids.length - mostNamed
  return `it has ${ids.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
