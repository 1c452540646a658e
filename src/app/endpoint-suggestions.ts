import type { Bundle } from '../bundle/bundle.ts'
import { readFacts, type ClusterFacts } from '../cluster/facts.ts'
import { stackKind } from '../model/stack-id.ts'
import type { Source } from './source.ts'
import { endpointOfStack } from './stack-endpoint.ts'

/** An end that a trace may have, as a user types it. */
export interface Suggestion {
  readonly kind: 'pod' | 'node' | 'service' | 'host'
  readonly value: string
  /** What it is known by besides: an address, the node of a pod. */
  readonly detail: string
}

/** Who can send and who can be sent to. */
export interface Suggestions {
  readonly from: readonly Suggestion[]
  readonly to: readonly Suggestion[]
}

/** The tutorial's host on the internet: any other may be typed. */
const internet: Suggestion = { kind: 'host', value: 'www.google.com', detail: '' }

/** The ends of a cluster: running pods that have an address, nodes, and services with a cluster address. */
export function suggestionsOfFacts(facts: ClusterFacts): Suggestions {
  const pods = facts.pods
    .filter((pod) => pod.phase === 'Running' && pod.addresses.length > 0)
    .map((pod): Suggestion => ({
      kind: 'pod',
      value: `${pod.namespace}/${pod.name}`,
      detail: [pod.addresses[0] ?? '', pod.node ?? ''].filter((part) => part !== '').join(' · '),
    }))
  const nodes = facts.nodes.map((node): Suggestion => ({
    kind: 'node',
    value: `node/${node.name}`,
    detail: node.internalAddresses[0] ?? '',
  }))
  const services = facts.services.flatMap((service): readonly Suggestion[] => {
    const [address] = service.addresses
    return address === undefined
      ? []
      : service.ports.map((port) => ({
          kind: 'service' as const,
          value: `svc/${service.namespace}/${service.name}:${port.port}`,
          detail: `${address} · ${port.protocol}`,
        }))
  })
  return { from: [...pods, ...nodes], to: [...pods, ...services, ...nodes, internet] }
}

/** The ends of a recorded snapshot: its stacks, by their names, each with its first address. */
function suggestionsOfBundle(bundle: Bundle): Suggestions {
  const stacks = bundle.index.stacks.map(({ id }): Suggestion => ({
    kind: stackKind(id) === 'pod' ? 'pod' : 'node',
    value: id,
    detail: endpointOfStack(id, bundle).address,
  }))
  return { from: stacks, to: stacks.filter(({ detail }) => detail !== '') }
}

/** What may be chosen where we look. Rejects with a ClusterError. */
export const suggestEndpoints = async (source: Source, signal: AbortSignal): Promise<Suggestions> =>
  source.kind === 'bundle'
    ? suggestionsOfBundle(source.bundle)
    : suggestionsOfFacts(await readFacts(source.cluster.api, { signal }))
