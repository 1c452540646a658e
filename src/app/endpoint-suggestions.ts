import type { Bundle } from '../bundle/bundle.ts'
import { readFacts, type ClusterFacts } from '../cluster/facts.ts'
import { stackKind } from '../model/stack-id.ts'
import { endpointOf } from './bundle-ends.ts'
import { deploymentsOf, recordedFacts } from './recorded.ts'
import { readSnapshot } from './snapshot-desk.ts'
import type { Source } from './source.ts'

/** An end that a trace may have, as a user types it. */
export interface Suggestion {
  readonly kind: 'pod' | 'deployment' | 'node' | 'service' | 'host'
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

/** Somewhere on the internet: a snapshot holds no answers of the DNS. */
const anywhere: Suggestion = { kind: 'host', value: '8.8.8.8', detail: '' }

/**
 * The ends of a cluster: running pods that have an address, the deployments that they are of, nodes, services with a
 * cluster address, and hosts elsewhere.
 */
function suggestionsOfFacts(facts: ClusterFacts, hosts: readonly Suggestion[]): Suggestions {
  const pods = facts.pods
    .filter((pod) => pod.phase === 'Running' && pod.addresses.length > 0)
    .map((pod): Suggestion => ({
      kind: 'pod',
      value: `${pod.namespace}/${pod.name}`,
      detail: [pod.addresses[0] ?? '', pod.node ?? ''].filter((part) => part !== '').join(' · '),
    }))
  const deployments = [...deploymentsOf(facts)].map(([name, of]): Suggestion => ({
    kind: 'deployment',
    value: `deploy/${name}`,
    detail: of.length < 3 ? of.join(' · ') : `${of[0] ?? ''} … (${of.length})`,
  }))
  const nodes = facts.nodes.map((node): Suggestion => ({
    kind: 'node',
    value: `node/${node.name}`,
    detail: node.internalAddresses[0] ?? '',
  }))
  const services = facts.services.flatMap((service): readonly Suggestion[] => {
    const [address] = service.addresses
    if (address === undefined) return []
    // One number may be a port of several protocols, as 53 of the DNS is.
    return [...new Set(service.ports.map(({ port }) => port))].map((port) => ({
      kind: 'service',
      value: `svc/${service.namespace}/${service.name}:${port}`,
      detail: `${address} · ${service.ports
        .filter((one) => one.port === port)
        .map(({ protocol }) => protocol)
        .join(', ')}`,
    }))
  })
  return {
    from: [...pods, ...deployments, ...nodes],
    to: [...pods, ...services, ...deployments, ...nodes, ...hosts],
  }
}

/**
 * The ends of a recorded snapshot, as its explanation takes them: those of the cluster that it is of, whose stacks were
 * recorded, and stacks of other kinds by their ids.
 */
function suggestionsOfBundle(bundle: Bundle): Suggestions {
  const { fabric } = readSnapshot(bundle).predictor
  const facts = recordedFacts(bundle)
  const recorded = new Set(fabric.stacks.map(({ id }) => id))
  const ends = facts === null ? null : suggestionsOfFacts(facts, [anywhere])
  const sends = ({ kind, value }: Suggestion): boolean =>
    kind === 'node' ? recorded.has(value) : kind !== 'pod' || recorded.has(`pod/${value}`)
  const known = new Set(
    (ends?.from ?? []).map(({ kind, value }) => (kind === 'pod' ? `pod/${value}` : value)),
  )
  const others = fabric.stacks
    .filter(({ id }) => !known.has(id))
    .map((stack): Suggestion => ({
      kind: stackKind(stack.id) === 'pod' ? 'pod' : 'node',
      value: stack.id,
      detail: endpointOf(fabric, stack).address,
    }))
  return {
    from: [...(ends?.from ?? []).filter(sends), ...others],
    to: [...(ends?.to ?? []), ...others.filter(({ detail }) => detail !== '')],
  }
}

/** What may be chosen where we look. Rejects with a ClusterError. */
export const suggestEndpoints = async (source: Source, signal: AbortSignal): Promise<Suggestions> =>
  source.kind === 'bundle'
    ? suggestionsOfBundle(source.bundle)
    : suggestionsOfFacts(await readFacts(source.cluster.api, { signal }), [internet])
