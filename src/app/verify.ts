import { isWhole } from '../capture/live/capture-result.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { agentOn, type Agent, type Agents } from '../cluster/agent/agent.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { lookUpName } from '../cluster/probe/look-up.ts'
import { unresolved } from './unresolved.ts'
import { sendProbe } from '../cluster/probe/probe.ts'
import type { Probed } from '../model/result/probed.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import { resolveEndpoint } from '../endpoints/resolve.ts'
import { testReplicas, type TestDeploymentSettings } from '../cluster/agent/test-deployment-manifests.ts'
import { withTestDeployment } from '../cluster/agent/test-deployment.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Language } from '../i18n/language.ts'
import { TCP, UDP } from '../model/packet/packet.ts'
import { parseIp } from '../model/address/address.ts'
import { nodeStack } from '../model/stack/stack-id.ts'
import type { Finding } from '../model/result/finding.ts'
import type { Endpoint, Gap, RunResult } from '../model/result/result.ts'
import { captureFindings } from '../diagnose/findings/trace-findings.ts'
import { onNodes } from '../session/on-nodes.ts'
import { keepCaptures } from '../runs/keep-captures.ts'
import { resolverPods } from '../kubernetes/pods-behind.ts'
import { observe } from '../observe/observe.ts'
import { openPredictor } from '../inventory/predictor.ts'
import type { Progress } from '../session/progress.ts'
import { readCluster } from '../session/read-cluster.ts'
import { sendFlows, unlessGone } from '../session/send-flows.ts'
import { tutorialExperiments } from '../tutorial/experiments.ts'
import { Breath } from '../edge/breath.ts'
import { verifyFindings, type AskedInVain } from './verify-findings.ts'
import { overallVerdict } from '../diagnose/verdict.ts'
import { wantedPod } from '../cluster/collect/wanted-pod.ts'
import { podStackOf, runCaptureSession } from '../session/capture-session.ts'
import { withPrediction, type Compared } from '../diagnose/compare/with-prediction.ts'
import { given } from '../edge/given.ts'

export interface VerifyOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  /** The pods that the experiments are made with, as users type them: by default the tutorial's deployment. */
  readonly pods: readonly string[]
  /** Make the tutorial's deployment for the run, and use its pods instead. */
  readonly deploy: boolean
  /** The host on the internet that is pinged, and the one that answers with the caller's public address. */
  readonly internet: {
    readonly host: string
    readonly whoAmI: { readonly host: string; readonly path: string }
  }
  readonly count: number
  readonly timeoutMs: number
  readonly language: Language
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  readonly signal?: AbortSignal
}

export interface Verified {
  readonly result: RunResult
  /** Every capture of the run as one pcapng. */
  readonly capture: Uint8Array
  /** What every stack on the way looked like, and the VPC. */
  readonly bundle: Bundle
}

/** One experiment's packet: who sends what to whom. */
interface Flow {
  readonly from: PodFacts
  readonly to: Endpoint
  readonly count: number
}

/**
 * The tutorial's experiments: pods ping pods on other nodes and a host on the internet while every stack on the way
 * is captured; then each of its statements is held against what was seen. Rejects with a ClusterError when the
 * cluster cannot be asked; whatever it made in the cluster is removed in every case.
 */
export async function verify(options: VerifyOptions): Promise<Verified> {
  if (!options.deploy) return verifyPods(options)
  const { cluster, progress, warn, signal } = options
  progress((say) => say.deploying(testReplicas))
  return withTestDeployment(
    cluster,
    {
      settings: testDeploymentSettings(options.reach),
      warn,
      left: () => undefined,
      ...(signal ? { signal } : {}),
    },
    async (endpoint) => {
      const verified = await verifyPods({ ...options, pods: [endpoint] })
      progress((say) => say.deploymentRemoving)
      return verified
    },
  )
}

export const testDeploymentSettings = (reach: Reach): TestDeploymentSettings => ({
  ...(reach.kind === 'agent' ? reach.agent : {}),
  ...given({ nodeSelector: reach.nodeSelector }),
})

async function verifyPods(options: VerifyOptions): Promise<Verified> {
  const { cluster, progress } = options
  const started = Date.now()
  const words = catalogue(options.language)
  const facts = await readCluster(options)
  const pods = await choosePods(options, facts)
  const nodes = facts.nodes.filter((node) => pods.some((pod) => pod.node === node.name))

  const seen = await onNodes(options, nodes, async (agents) => {
    const usable = pods.filter((pod) => agents.byNode.has(pod.node ?? ''))
    if (usable.length < 2) throw tooFewAgents(agents)
    const flows = flowsOf(usable, options)
    return look(options, facts, usable, flows, agents)
  })

  progress((say) => say.following)
  const { flows, fromPod, fromNode } = seen.sent
  const predictor = await openPredictor(seen.bundle, {}, options.signal)
  const { fabric } = predictor
  const breath = new Breath(options.signal)
  const observed: Compared[] = []
  for (const { flow, probed } of flows) {
    const one = observe({
      from: podEndpoint(flow.from),
      to: flow.to,
      sender: podStackOf(flow.from),
      probed,
      captures: seen.captures,
      fabric,
      seenAs: flow.to.kind === 'host' ? answerOf(fromPod) : null,
    })
    observed.push(withPrediction(one, podStackOf(flow.from), predictor))
    if (breath.isDue) await breath.take()
  }
  const traces = observed.map((one) => one.trace)
  const experiments = tutorialExperiments({
    traces,
    fabric,
    captures: new Map(seen.captures.filter(isWhole).map((capture) => [capture.stack, capture.dropped ?? 0])),
    facts,
    fromPod,
    fromNode,
    words,
  })
  const told = await verifyFindings(
    observed,
    experiments,
    predictor,
    askedInVain(flows[0]?.flow.from, fromPod, fromNode, facts),
    words,
    breath,
  )
  const findings: readonly Finding[] = [...told.findings, ...captureFindings(seen.captures, words)]
  const allGaps: Gap[] = [...goneNodes(facts), ...predictor.gaps, ...seen.gaps, ...seen.sent.gaps]
  return {
    capture: keepCaptures(seen.captures, observed),
    bundle: seen.bundle,
    result: {
      version: 1,
      source: { kind: 'cluster', name: cluster.name },
      verdict: overallVerdict(traces, experiments, findings),
      startedAt: new Date(started).toISOString(),
      durationMs: Date.now() - started,
      traces,
      experiments,
      findings,
      ...(told.diagnosis.length === 0 ? {} : { diagnosis: told.diagnosis }),
      gaps: allGaps,
    },
  }
}

/** Three pods on three nodes, in the order of their addresses: pod 1, 2 and 3 of the tutorial. */
export async function choosePods(options: VerifyOptions, facts: ClusterFacts): Promise<readonly PodFacts[]> {
  const { cluster } = options
  const resolved = await Promise.all(
    options.pods.map((typed) =>
      resolveEndpoint(typed, facts, {
        namespace: cluster.namespace,
        deployment: (namespace, name) =>
          cluster.api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
      }),
    ),
  )
  const found = resolved.flat().flatMap((one) => (one.kind === 'pod' ? [one.pod] : []))
  // A node that is gone answers nobody; the result names it.
  const alive = new Set(facts.nodes.filter((node) => node.alive).map((node) => node.name))
  const ready = found.filter(
    (pod) => alive.has(pod.node ?? '') && pod.addresses.length > 0 && !pod.hostNetwork,
  )
  const order = (pod: PodFacts): bigint => BigInt(parseIp(pod.addresses[0] ?? '') ?? 0)
  const sorted = ready.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const onePerNode = sorted.filter((pod, i) => sorted.findIndex((other) => other.node === pod.node) === i)
  if (onePerNode.length < 2)
    throw new ClusterError(
      'no-such-endpoint',
      `${options.pods.join(', ')}: the experiments need running pods on at least two nodes, and there are ${onePerNode.length}${goneNodes(facts).length === 0 ? ': --deploy makes some' : ` (${goneNodes(facts)[0]?.at ?? ''}: ${goneNodes(facts)[0]?.because ?? ''})`}`,
    )
  return onePerNode.slice(0, 3)
}

const goneNodes = (facts: ClusterFacts): readonly Gap[] =>
  facts.nodes
    .filter((node) => !node.alive)
    .map(({ name, unreadyBecause }) => ({
      at: nodeStack(name),
      what: 'node',
      because: `the node is not Ready${unreadyBecause === null ? '' : ` (${unreadyBecause})`}`,
    }))

const tooFewAgents = ({ gaps }: Agents): ClusterError =>
  new ClusterError(
    'agent-not-ready',
    `the experiments need agents on at least two nodes: ${gaps.map(({ at, because }) => `${at}: ${because}`).join('; ')}`,
  )

/** pod 1 → 2, 1 → 3, 2 → 3, and pod 1 → the internet. */
export function flowsOf(pods: readonly PodFacts[], options: VerifyOptions): readonly Flow[] {
  const pairs = pods.flatMap((from, i) => pods.slice(i + 1).map((to) => ({ from, to })))
  const [first] = pods
  if (!first) return []
  return [
    ...pairs.map(({ from, to }) => ({ from, to: podEndpoint(to), count: options.count })),
    { from: first, to: { kind: 'host' as const, name: options.internet.host, address: '' }, count: 1 },
  ]
}

/** What the pod, and its node, asked of whoever tells the public address, and got no answer to. */
function askedInVain(
  pod: PodFacts | undefined,
  fromPod: Probed | null,
  fromNode: Probed | null,
  facts: ClusterFacts,
): readonly AskedInVain[] {
  if (pod === undefined) return []
  const askers = [
    { from: podStackOf(pod), probed: fromPod },
    { from: nodeStack(pod.node ?? ''), probed: fromNode },
  ]
  return askers.flatMap(({ from, probed }): readonly AskedInVain[] => {
    if (probed === null || probed.outcome.received > 0) return []
    const to = parseIp(probed.destination ?? '')
    const common = { from, fresh: true, uid: 0, gid: 0 } as const
    if (to !== undefined)
      return [{ isName: false, flow: { ...common, to, protocol: TCP, destinationPort: 80 } }]
    const server = parseIp(probed.outcome.unresolved?.server ?? dnsOf(facts) ?? '')
    return server === undefined
      ? []
      : [{ isName: true, flow: { ...common, to: server, protocol: UDP, destinationPort: 53 } }]
  })
}

const dnsOf = (facts: ClusterFacts): string | undefined =>
  facts.services.find(({ namespace, name }) => namespace === 'kube-system' && name === 'kube-dns')
    ?.addresses[0]

const podEndpoint = (pod: PodFacts): Endpoint => ({
  kind: 'pod',
  name: `${pod.namespace}/${pod.name}`,
  address: pod.addresses[0] ?? '',
  ...given({ node: pod.node ?? undefined }),
})

const answerOf = (probed: Probed | null): string | null => probed?.outcome.answer?.trim() ?? null

/** Everything that needs the agents: the captures, the snapshot, the probes. */
async function look(
  options: VerifyOptions,
  facts: ClusterFacts,
  pods: readonly PodFacts[],
  flows: readonly Flow[],
  agents: Agents,
) {
  const { progress, signal } = options
  const agentOf = (pod: PodFacts): Agent => agentOn(agents, pod.node ?? '')
  const ping = async (flow: Flow): Promise<Probed> => {
    progress((say) => say.probing(flow.from.name, flow.to.name))
    const began = Date.now()
    let target = flow.to.kind === 'host' ? flow.to.name : flow.to.address
    if (flow.to.kind === 'host') {
      const found = await lookUpName(agentOf(flow.from), wantedPod(flow.from), flow.to.name, signal)
      if (found.kind === 'no-answer') return unresolved('icmp', found, began)
      // Asked once: the next question may be answered by another resolver, or by none.
      if (found.kind === 'found') target = found.address
    }
    return sendProbe(
      agentOf(flow.from),
      wantedPod(flow.from),
      {
        protocol: 'icmp',
        target,
        count: flow.count,
        timeoutMs: options.timeoutMs,
      },
      signal,
    )
  }
  const { whoAmI } = options.internet
  const [first] = pods
  if (!first) throw new Error('the experiments have a first pod')
  const ask = async (pod: PodFacts | null): Promise<Probed> => {
    const began = Date.now()
    const asker = pod ? wantedPod(pod) : null
    const found = await lookUpName(agentOf(first), asker, whoAmI.host, signal)
    if (found.kind === 'no-answer') return unresolved('http', found, began)
    return sendProbe(
      agentOf(first),
      asker,
      {
        protocol: 'http',
        target: whoAmI.host,
        path: whoAmI.path,
        count: 1,
        timeoutMs: options.timeoutMs,
        ...given({ address: found.kind === 'found' ? found.address : undefined }),
      },
      signal,
    )
  }
  return runCaptureSession({
    cluster: options.cluster,
    facts,
    agents,
    ec2: options.ec2,
    pods,
    nodes: [],
    recorded: resolverPods(facts).filter(({ node }) => agents.byNode.has(node ?? '')),
    filter: 'icmp',
    progress,
    ...(signal ? { signal } : {}),
    async send() {
      const [pings, fromPod, fromNode] = await Promise.all([
        sendFlows(flows, (flow) => podStackOf(flow.from), ping),
        unlessGone(ask(first)),
        unlessGone(ask(null)),
      ])
      const sent = pings.flows.reduce((sum, { probed }) => sum + probed.outcome.sent, 0)
      const received = pings.flows.reduce((sum, { probed }) => sum + probed.outcome.received, 0)
      progress((say) => say.probed(received, sent))
      return { ...pings, fromPod, fromNode }
    },
  })
}
