import type { Agents } from '../cluster/agent/agent.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { sendProbe } from '../cluster/probe/probe.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import { resolveEndpoint, type Resolved } from '../endpoints/resolve.ts'
import type { WantedPod } from '../cluster/collect/snapshot-script.ts'
import { parseIp } from '../model/address/address.ts'
import type { MatrixProbe, MatrixResult } from '../model/result/matrix.ts'
import { ICMP, TCP } from '../model/packet/packet.ts'
import { isSameEnd, matrixOf, type MatrixEnd } from './matrix.ts'
import { matrixEnds } from './matrix-ends.ts'
import { openPredictor } from '../inventory/predictor.ts'
import { onNodes } from '../session/on-nodes.ts'
import type { Language } from '../i18n/language.ts'
import type { Progress } from '../session/progress.ts'
import { readCluster } from '../session/read-cluster.ts'
import { snapshotOfAll } from '../session/record-snapshot.ts'
import { stackOfSender } from '../endpoints/sender.ts'
import { wanted } from '../session/capture-session.ts'
import { given } from '../edge/given.ts'

export interface MatrixOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  /** Senders and receivers, as users type them; none is every running pod with an address of its own. */
  readonly ends: readonly string[]
  /** Receivers besides. */
  readonly to: readonly string[]
  readonly protocol: number
  readonly port?: number
  /** Milliseconds for each probe; null: nothing is sent, the matrix is a prediction alone. */
  readonly probeTimeoutMs: number | null
  readonly reach: Reach
  readonly language: Language
  readonly progress: Progress
  readonly warn: (message: string) => void
  readonly signal?: AbortSignal
}

/** Probes at once from one node: each is an exec. */
const atOnce = 4

/** Who reaches whom, predicted from a snapshot of now and, if asked for, tried. Rejects with a ClusterError. */
export async function matrixOnCluster(options: MatrixOptions): Promise<MatrixResult> {
  const { cluster, progress } = options
  const started = Date.now()
  const facts = await readCluster(options)
  const { from, to } = await endpointsOf(options, facts)

  const { bundle, probes } = await onNodes(options, facts.nodes, async (agents) => {
    const taken = await snapshotOfAll(options, facts, agents)
    const probes = options.probeTimeoutMs === null ? null : await probeAll(options, agents, from, to)
    return { bundle: taken, probes }
  })
  progress((say) => say.predicting)
  return matrixOf({
    predictor: await openPredictor(bundle, {}, options.signal),
    source: { kind: 'cluster', name: cluster.name },
    from,
    to,
    flow: {
      protocol: options.protocol,
      ...given({ destinationPort: options.port }),
    },
    probe: (one, other) => probes?.get(pairOf(one, other)) ?? null,
    language: options.language,
    started,
    progress,
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

/** An end, and from where a probe of it is sent; null: it only receives. */
interface ClusterEnd extends MatrixEnd {
  readonly sender: { readonly node: string; readonly pod: WantedPod | null } | null
}

async function endpointsOf(
  options: MatrixOptions,
  facts: ClusterFacts,
): Promise<{ readonly from: readonly ClusterEnd[]; readonly to: readonly ClusterEnd[] }> {
  const { cluster } = options
  const resolve = async (typed: readonly string[]): Promise<readonly Resolved[]> =>
    (
      await Promise.all(
        typed.map((one) =>
          resolveEndpoint(one, facts, {
            namespace: cluster.namespace,
            deployment: (namespace, name) =>
              cluster.api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
          }),
        ),
      )
    ).flat()
  return matrixEnds(options, {
    everybody: () => everyPod(facts).map(endOf),
    named: async (words) => (await resolve(words)).map(endOf),
    refuse: (to) => {
      const nameless = to.find((end) => parseIp(end.endpoint.address) === undefined)
      if (!nameless) return null
      const name = nameless.endpoint.name
      return new ClusterError(
        'bad-endpoint',
        `${name}: a matrix takes what has an address; a host name is for podpath trace`,
      )
    },
    nobodySends: 'no pod with an address of its own is running',
  })
}

/** Every pod with an address of its own, node by node, in the order of names. */
function everyPod(facts: ClusterFacts): readonly Resolved[] {
  const key = (pod: PodFacts): string => `${pod.node ?? ''} ${pod.namespace} ${pod.name}`
  return facts.pods
    .filter(
      (pod) => !pod.hostNetwork && pod.phase === 'Running' && pod.node !== null && pod.addresses.length > 0,
    )
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    .map((pod) => ({
      kind: 'pod',
      pod,
      endpoint: {
        kind: 'pod',
        name: `${pod.namespace}/${pod.name}`,
        address: pod.addresses[0] ?? '',
        ...given({ node: pod.node ?? undefined }),
      },
    }))
}

function endOf(one: Resolved): ClusterEnd {
  switch (one.kind) {
    case 'node':
      return {
        endpoint: one.endpoint,
        stack: stackOfSender(one),
        port: null,
        sender: { node: one.node.name, pod: null },
      }
    case 'pod': {
      const node = one.pod.node ?? ''
      return {
        endpoint: one.endpoint,
        stack: stackOfSender(one),
        port: null,
        sender: { node, pod: one.pod.hostNetwork ? null : wanted(one.pod) },
      }
    }
    case 'service':
      return { endpoint: one.endpoint, stack: null, port: one.port, sender: null }
    case 'address':
    case 'host':
      return { endpoint: one.endpoint, stack: null, port: null, sender: null }
  }
}

const pairOf = (from: MatrixEnd, to: MatrixEnd): string =>
  JSON.stringify([from.endpoint.kind, from.endpoint.name, to.endpoint.kind, to.endpoint.name])

/** Tries every pair, a few at once from each node. */
async function probeAll(
  options: MatrixOptions,
  agents: Agents,
  from: readonly ClusterEnd[],
  to: readonly ClusterEnd[],
): Promise<ReadonlyMap<string, MatrixProbe>> {
  const { progress, signal } = options
  const probes = new Map<string, MatrixProbe>()
  const pairs = from.flatMap((one) =>
    to.filter((other) => !isSameEnd(one, other)).map((other) => ({ one, other })),
  )
  const nodes = [...new Set(pairs.map(({ one }) => one.sender?.node ?? ''))]
  const worker = async (queue: (typeof pairs)[number][]): Promise<void> => {
    for (let pair = queue.shift(); pair !== undefined; pair = queue.shift()) {
      if (signal?.aborted) throw new ClusterError('aborted', 'stopped before every pair was tried')
      const { one, other } = pair
      probes.set(pairOf(one, other), await probe(options, agents, one, other))
      const done = probes.size
      // A line for each pair would bury what matters: ten tell how it goes on.
      if (Math.floor((10 * done) / pairs.length) > Math.floor((10 * (done - 1)) / pairs.length))
        progress((say) => say.pairsProbed(done, pairs.length))
    }
  }
  await Promise.all(
    nodes.flatMap((node) => {
      const queue = pairs.filter(({ one }) => one.sender?.node === node)
      return Array.from({ length: atOnce }, () => worker(queue))
    }),
  )
  return probes
}

async function probe(
  options: MatrixOptions,
  agents: Agents,
  from: ClusterEnd,
  to: ClusterEnd,
): Promise<MatrixProbe> {
  const agent = agents.byNode.get(from.sender?.node ?? '')
  if (!agent) return { outcome: 'not-sent', error: `node ${from.sender?.node ?? ''} has no agent` }
  const port = options.port ?? to.port ?? undefined
  const { outcome } = await sendProbe(
    agent,
    from.sender?.pod ?? null,
    {
      protocol: probeProtocols.get(options.protocol) ?? 'icmp',
      target: to.endpoint.address,
      count: 1,
      timeoutMs: options.probeTimeoutMs ?? 1_000,
      ...given({ port }),
    },
    options.signal,
  )
  const { sent, received, error } = outcome
  return {
    outcome:
      sent === 0
        ? 'not-sent'
        : received > 0
          ? 'answered'
          : /\brefused\b/i.test(error ?? '')
            ? 'refused'
            : 'silent',
    ...given({ error }),
  }
}

/** The protocols whose answer proves something: a UDP datagram that nobody answers proves nothing. */
export const probeProtocols: ReadonlyMap<number, 'icmp' | 'tcp'> = new Map([
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
] as const)
