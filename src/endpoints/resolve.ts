import { parseIp } from '../model/address/address.ts'
import type { Endpoint } from '../model/result/result.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { ClusterFacts, NodeFacts, PodFacts, ServiceFacts } from '../kubernetes/facts.ts'
import type { ServicePort } from './service-port.ts'
import { at, labelsAt } from '../edge/fields.ts'

/** What the user typed, resolved against the cluster. */
export type Resolved =
  | { readonly kind: 'pod'; readonly endpoint: Endpoint; readonly pod: PodFacts }
  | { readonly kind: 'node'; readonly endpoint: Endpoint; readonly node: NodeFacts }
  | {
      readonly kind: 'service'
      readonly endpoint: Endpoint
      readonly service: ServiceFacts
      readonly port: number | null
      /** The ports that are meant: the one that was given, or all of them. */
      readonly offers: readonly ServicePort[]
    }
  | { readonly kind: 'address'; readonly endpoint: Endpoint }
  /** The address is empty: the probe's own resolver decides, as it would for the pod. */
  | { readonly kind: 'host'; readonly endpoint: Endpoint }

export interface ResolveOptions {
  /** For names without one. */
  readonly namespace: string
  /** A deployment by name, for `deploy/NAME`; asked from the API only when it is needed. */
  readonly deployment: (namespace: string, name: string) => Promise<unknown>
}

/**
 * Endpoints as users type them: `[NAMESPACE/]POD`, `deploy/[NAMESPACE/]NAME` (its pods), `node/NAME`,
 * `svc/[NAMESPACE/]NAME[:PORT]`, an IP address, a host name. `pod/[NAMESPACE/]NAME` is a pod whatever its name.
 * Rejects with a ClusterError: `bad-endpoint`, or `no-such-endpoint` with the nearest names.
 */
export async function resolveEndpoint(
  typed: string,
  facts: ClusterFacts,
  options: ResolveOptions,
): Promise<readonly Resolved[]> {
  if (typed === '' || typed.length > 600 || /[\s\u0000-\u001f\u007f]/.test(typed))
    throw new ClusterError('bad-endpoint', `${JSON.stringify(typed.slice(0, 80))} is no endpoint: ${forms}`)
  const slash = typed.indexOf('/')
  const head = slash < 0 ? '' : typed.slice(0, slash)
  const rest = typed.slice(slash + 1)
  switch (head) {
    case 'node':
      return [resolveNode(rest, facts)]
    case 'svc':
    case 'service':
      return [resolveService(rest, facts, options)]
    case 'deploy':
    case 'deployment':
      return resolveDeployment(rest, facts, options)
    case 'pod':
      return [resolvePod(rest, facts, options)]
    case '':
      return [resolvePlain(typed, facts, options)]
    default:
      return [resolvePod(typed, facts, options)]
  }
}

const forms =
  '[NAMESPACE/]POD, deploy/NAME, node/NAME, svc/[NAMESPACE/]NAME[:PORT], an IP address or a host name'

const split = (text: string, namespace: string): readonly [string, string] => {
  const slash = text.indexOf('/')
  return slash < 0 ? [namespace, text] : [text.slice(0, slash), text.slice(slash + 1)]
}

function resolvePlain(typed: string, facts: ClusterFacts, options: ResolveOptions): Resolved {
  if (parseIp(typed) !== undefined) return resolveAddress(typed, facts)
  const pod = facts.pods.find((one) => one.namespace === options.namespace && one.name === typed)
  if (pod) return podEnd(pod)
  // A dot makes it a name of the DNS; without one a pod was meant, as nothing else is written so.
  if (isHostName(typed) && typed.includes('.'))
    return { kind: 'host', endpoint: { kind: 'host', name: typed, address: '' } }
  return resolvePod(typed, facts, options)
}

const isHostName = (text: string): boolean =>
  text.length <= 253 &&
  text
    .replace(/\.$/, '')
    .split('.')
    .every((label) => /^[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?$/.test(label))

/** An address that belongs to a pod or a node is that pod or node. */
function resolveAddress(typed: string, facts: ClusterFacts): Resolved {
  const pod = facts.pods.find((one) => !one.hostNetwork && isLive(one) && one.addresses.includes(typed))
  if (pod) return podEnd(pod, typed)
  const node = facts.nodes.find((one) => one.internalAddresses.includes(typed))
  if (node) return nodeEnd(node, typed)
  return { kind: 'address', endpoint: { kind: 'address', name: typed, address: typed } }
}

const isLive = (pod: PodFacts): boolean => pod.phase === 'Running' || pod.phase === 'Pending'

function resolvePod(text: string, facts: ClusterFacts, options: ResolveOptions): Resolved {
  const [namespace, name] = split(text, options.namespace)
  const pod = facts.pods.find((one) => one.namespace === namespace && one.name === name)
  if (pod) return podEnd(pod)
  const elsewhere = facts.pods.filter((one) => one.name === name).map((one) => `${one.namespace}/${one.name}`)
  const near = nearest(
    name,
    facts.pods.filter((one) => one.namespace === namespace).map((one) => one.name),
  )
  throw noSuch(`there is no pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`, [
    ...elsewhere,
    ...near,
  ])
}

/** Rejects a pod that nothing can be sent to. */
export function podEnd(pod: PodFacts, address = pod.addresses[0]): Resolved {
  const name = `${pod.namespace}/${pod.name}`
  if (pod.node === null || address === undefined)
    throw new ClusterError(
      'no-such-endpoint',
      `pod ${name} has no address yet (it is ${pod.phase}): kubectl describe pod tells why`,
    )
  if (!isLive(pod)) throw new ClusterError('no-such-endpoint', `pod ${name} has ended (it is ${pod.phase})`)
  return { kind: 'pod', pod, endpoint: { kind: 'pod', name, address, node: pod.node } }
}

function resolveNode(name: string, facts: ClusterFacts): Resolved {
  const node = facts.nodes.find((one) => one.name === name)
  if (!node)
    throw noSuch(
      `there is no node ${JSON.stringify(name)}`,
      nearest(
        name,
        facts.nodes.map((one) => one.name),
      ),
    )
  return nodeEnd(node)
}

function nodeEnd(node: NodeFacts, address = node.internalAddresses[0]): Resolved {
  if (address === undefined)
    throw new ClusterError('no-such-endpoint', `node ${node.name} has no internal address`)
  return { kind: 'node', node, endpoint: { kind: 'node', name: node.name, address, node: node.name } }
}

function resolveService(text: string, facts: ClusterFacts, options: ResolveOptions): Resolved {
  const colon = text.lastIndexOf(':')
  const [namespace, name] = split(colon < 0 ? text : text.slice(0, colon), options.namespace)
  const wanted = colon < 0 ? null : text.slice(colon + 1)
  const service = facts.services.find((one) => one.namespace === namespace && one.name === name)
  const unread = facts.gaps.find((gap) => gap.what === 'services')
  if (unread) throw new ClusterError('forbidden', unread.because)
  if (!service)
    throw noSuch(
      `there is no service ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`,
      nearest(
        name,
        facts.services.filter((one) => one.namespace === namespace).map((one) => one.name),
      ),
    )
  const offers = servicePorts(service, wanted)
  const port = offers.length === 1 ? (offers[0]?.port ?? null) : null
  const label = `${namespace}/${name}${port === null ? '' : `:${port}`}`
  const [address] = service.addresses
  if (address === undefined)
    throw new ClusterError(
      'no-such-endpoint',
      `service ${namespace}/${name} has no cluster address (it is headless or external): name one of its pods`,
    )
  return { kind: 'service', service, port, offers, endpoint: { kind: 'service', name: label, address } }
}

/** A port by number or name; all of them where none is named. */
function servicePorts(service: ServiceFacts, wanted: string | null): readonly ServicePort[] {
  if (wanted === null) return service.ports
  const found = service.ports.find((port) => String(port.port) === wanted || port.name === wanted)
  if (found) return [found]
  throw noSuch(
    `service ${service.namespace}/${service.name} has no port ${JSON.stringify(wanted)}`,
    service.ports.map((port) => String(port.port)),
  )
}

async function resolveDeployment(
  text: string,
  facts: ClusterFacts,
  options: ResolveOptions,
): Promise<readonly Resolved[]> {
  const [namespace, name] = split(text, options.namespace)
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || !/^[a-z0-9-]+$/.test(namespace))
    throw new ClusterError('bad-endpoint', `${JSON.stringify(text)} names no deployment`)
  let deployment: unknown
  try {
    deployment = await options.deployment(namespace, name)
  } catch (error) {
    if (!(error instanceof ClusterError && error.code === 'not-found')) throw error
    throw noSuch(
      `there is no deployment ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)}`,
      [],
    )
  }
  const selector = labelsAt(deployment, 'spec', 'selector', 'matchLabels')
  if (
    Object.keys(selector).length === 0 ||
    at(deployment, 'spec', 'selector', 'matchExpressions') !== undefined
  )
    throw new ClusterError(
      'bad-endpoint',
      `the selector of deployment ${namespace}/${name} is not one of labels alone: name its pods`,
    )
  const pods = facts.pods.filter(
    (pod) =>
      pod.namespace === namespace &&
      pod.phase === 'Running' &&
      pod.addresses.length > 0 &&
      Object.entries(selector).every(([key, value]) => pod.labels[key] === value),
  )
  if (pods.length === 0)
    throw new ClusterError(
      'no-such-endpoint',
      `deployment ${namespace}/${name} has no running pod with an address`,
    )
  return pods.map((pod) => podEnd(pod))
}

function noSuch(what: string, near: readonly string[]): ClusterError {
  const names = [...new Set(near)].slice(0, 3)
  return new ClusterError(
    'no-such-endpoint',
    names.length === 0 ? what : `${what}; near it: ${names.join(', ')}`,
  )
}

/** Most names that are compared; a cluster may have many thousands of pods. */
const mostCompared = 5_000

/** The names that somebody may have meant: those that begin alike or contain it first, then the fewest typing errors. */
export function nearest(typed: string, names: readonly string[]): readonly string[] {
  const word = typed.slice(0, 80)
  const scored = names.slice(0, mostCompared).map((name) => {
    const inside = word !== '' && (name.startsWith(word) || name.includes(word) || word.startsWith(name))
    return { name, score: inside ? 0 : distance(word, name.slice(0, 80)) }
  })
  const limit = Math.max(2, Math.floor(word.length / 3))
  return scored
    .filter(({ score }) => score <= limit)
    .sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Levenshtein's distance: the fewest letters to insert, remove or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
