import { captureStacks } from '../session/capture-session.ts'
import { newSuffix } from '../cluster/agent/agent.ts'
import { captureCommandLine } from '../cluster/capture/script.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { readFacts } from '../cluster/collect/read-facts.ts'
import { probeCommand, type ProbeRequest } from '../cluster/probe/command.ts'
import { plannedObjects, type Reach } from '../cluster/reach/reach.ts'
import { testDeploymentManifests, testReplicas } from '../cluster/agent/test-deployment-manifests.ts'
import { paste } from '../exec/run-error.ts'
import type { Gap } from '../model/result/result.ts'
import { nodeStack, type StackId } from '../model/stack/stack-id.ts'
import { resolveReceiver, resolveSender } from '../endpoints/live-endpoints.ts'
import { stackOfSender } from '../endpoints/sender.ts'
import { probeOf } from './trace-probe.ts'
import { nodesOnPath, podsOnPath, type TraceOptions } from './trace.ts'
import { choosePods, flowsOf, testDeploymentSettings, type VerifyOptions } from './verify.ts'

/** What a run would do in the cluster: `--dry-run` prints it, and nothing of it is done. */
export interface RunPlan {
  /** As kubectl takes them, in the order of their creation. */
  readonly objects: readonly unknown[]
  readonly commands: readonly PlannedCommand[]
  /** Nodes that would be left out, and why. */
  readonly gaps: readonly Gap[]
}

export interface PlannedCommand {
  readonly at: StackId
  readonly what: 'capture' | 'probe' | 'read'
  /** As one could paste it into a shell there. */
  readonly command: string
}

type Asking = Pick<TraceOptions, 'cluster' | 'reach' | 'warn' | 'signal'>

/** What is read of every stack on the way; snapshot-script.ts has the script. */
const readings =
  'ip -json link|addr|rule|route|neigh; iptables-save; ip6tables-save; ipset save; nft -j list ruleset; conntrack -L; grep of /proc/sys/net'

export async function planVerify(options: VerifyOptions): Promise<RunPlan> {
  const facts = await factsOf(options)
  if (options.deploy) return planDeploy(options, facts)
  const pods = await choosePods(options, facts)
  const nodes = pods.map((pod) => pod.node ?? '')
  const flows = flowsOf(pods, options)
  const commands = [
    ...captures(pods, [], 'icmp'),
    ...reads(pods, nodes),
    ...flows.map(({ from, to, count }) =>
      probe(stackOf(from), {
        protocol: 'icmp',
        target: to.kind === 'host' ? to.name : to.address,
        count,
        timeoutMs: options.timeoutMs,
      }),
    ),
    ...[stackOf(pods[0]), nodeStack(nodes[0] ?? '')].map((at) => probe(at, whoAmI(options))),
  ]
  return { ...agentPlan(options, facts, nodes), commands }
}

const whoAmI = ({ internet, timeoutMs }: VerifyOptions): ProbeRequest => ({
  protocol: 'http',
  target: internet.whoAmI.host,
  path: internet.whoAmI.path,
  count: 1,
  timeoutMs,
})

/** Where the pods would come to stand is the scheduler's choice: one node stands for all of them. */
function planDeploy(options: VerifyOptions, facts: ClusterFacts): RunPlan {
  const { namespace, deployment } = testDeploymentManifests(
    newSuffix(),
    testDeploymentSettings(options.reach),
  )
  const eligible = facts.nodes.filter((node) => node.ready).slice(0, testReplicas)
  const agents = agentPlan(
    options,
    facts,
    eligible.map(({ name }) => name),
  )
  return {
    ...agents,
    objects: [...(namespace ? [namespace] : []), deployment, ...agents.objects],
    commands: eligible.flatMap(({ name }) => [...captures([], [name], 'icmp'), ...reads([], [name])]),
  }
}

export async function planTrace(options: TraceOptions): Promise<RunPlan> {
  const facts = await factsOf(options)
  const from = await resolveSender(options.cluster, options.from, facts)
  const to = await resolveReceiver(options.cluster, options.to, facts)
  const { port, filter, request } = probeOf(options, to)
  const pods = podsOnPath(from, to, facts, port)
  const nodes = nodesOnPath(from, to, pods)
  const commands = [
    ...captures(pods, nodes, filter),
    ...reads(pods, nodes),
    probe(stackOfSender(from), request),
  ]
  return { ...agentPlan(options, facts, nodes), commands }
}

/** `snapshot` and `explain` read every node and every pod, and send nothing. */
export async function planReading(options: Asking): Promise<RunPlan> {
  const facts = await factsOf(options)
  const nodes = facts.nodes.map(({ name }) => name)
  const pods = facts.pods.filter((pod) => !pod.hostNetwork && pod.phase === 'Running')
  return { ...agentPlan(options, facts, nodes), commands: reads(pods, nodes) }
}

const factsOf = ({ cluster, warn, signal }: { cluster: Cluster } & Asking): Promise<ClusterFacts> =>
  readFacts(cluster.api, { warn, ...(signal ? { signal } : {}) })

const agentPlan = (
  { reach }: { readonly reach: Reach },
  facts: ClusterFacts,
  nodes: readonly string[],
): Pick<RunPlan, 'objects' | 'gaps'> =>
  plannedObjects(
    reach,
    facts.nodes.filter(({ name }) => nodes.includes(name)),
  )

const stackOf = (pod: PodFacts | undefined): StackId =>
  pod === undefined || pod.hostNetwork ? nodeStack(pod?.node ?? '') : `pod/${pod.namespace}/${pod.name}`

const captures = (
  pods: readonly PodFacts[],
  nodes: readonly string[],
  filter: string,
): readonly PlannedCommand[] =>
  captureStacks(pods, nodes).map(({ id }) => ({
    at: id,
    what: 'capture',
    command: captureCommandLine(filter),
  }))

const reads = (pods: readonly PodFacts[], nodes: readonly string[]): readonly PlannedCommand[] =>
  captureStacks(pods, nodes).map(({ id }) => ({ at: id, what: 'read', command: readings }))

const probe = (at: StackId, request: ProbeRequest): PlannedCommand => {
  const { command, repeat } = probeCommand(request)
  const times = repeat > 1 ? ` (${repeat} times)` : ''
  const line = paste(command).replaceAll('\n', ' ').trim()
  return { at, what: 'probe', command: `${line}${times}` }
}
