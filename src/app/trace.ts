import { agentOn, type Agents } from '../cluster/agent/agent.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import { readCounters } from '../cluster/collect/counters.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import type { LookedUp } from '../cluster/probe/look-up.ts'
import { unresolved } from './unresolved.ts'
import { sendProbe } from '../cluster/probe/probe.ts'
import type { Probed } from '../model/result/probed.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import type { Resolved } from '../endpoints/resolve.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Language } from '../i18n/language.ts'
import type { LeftFacts } from '../i18n/sentences/progress-sentences.ts'
import { parseIp, type Ip } from '../model/address/address.ts'
import type { Gap, ProbeProtocol, RunResult } from '../model/result/result.ts'
import { nodeStack, stackKind } from '../model/stack/stack-id.ts'
import type { Runner } from '../exec/runner.ts'
import type { KernelWord } from '../model/kernel/kernel-drop.ts'
import { askKernels, type ListenedKernel } from '../session/kernel-witness.ts'
import { withKernelWord } from '../diagnose/findings/kernel-findings.ts'
import { counterEvidence, type CounterEvidence } from '../diagnose/compare/counter-evidence.ts'
import { resolveReceiver, resolveSender } from '../endpoints/live-endpoints.ts'
import { seatOf, stackOfSender, type Sender } from '../endpoints/sender.ts'
import { lookUpHost } from '../session/look-up-host.ts'
import { onNodes } from '../session/on-nodes.ts'
import { keepCaptures } from '../runs/keep-captures.ts'
import type { ExpectedProbe } from '../observe/live-hops.ts'
import { LiveTrace } from '../session/live-trace.ts'
import { observe } from '../observe/observe.ts'
import { podsBehind, podsBehindAddress, podsWithAddress } from '../kubernetes/pods-behind.ts'
import { openPredictor } from '../inventory/predictor.ts'
import type { Progress } from '../session/progress.ts'
import { readCluster } from '../session/read-cluster.ts'
import type { TraceEvent } from '../observe/trace-event.ts'
import { diagnoseCompared } from '../diagnose/diagnose-compared.ts'
import { sayDiagnosis } from '../diagnose/findings/say-cause.ts'
import { captureFindings, traceFindings } from '../diagnose/findings/trace-findings.ts'
import { overallVerdict } from '../diagnose/verdict.ts'
import { probeOf, type ProbeWish } from './trace-probe.ts'
import type { Verified } from './verify.ts'
import { snapshotOfAll } from '../session/record-snapshot.ts'
import { runCaptureSession, type CaptureSession } from '../session/capture-session.ts'
import { translatedDestinations, withPrediction } from '../diagnose/compare/with-prediction.ts'
import { given } from '../edge/given.ts'

export interface TraceOptions extends ProbeWish {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  /** As the user typed them. */
  readonly from: string
  readonly to: string
  readonly language: Language
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  /** Told what is left in the cluster, as it happens. */
  readonly left?: (left: LeftFacts) => void
  readonly signal?: AbortSignal
  /**
   * Where a probe is lost the kernels are asked themselves. `machine`: how commands run beside the one kernel that all nodes have, as
   * in a lab; null: each node has its own, and its agent listens there.
   */
  readonly kernelReasons?: { readonly machine: Runner | null }
  /** Told what happens while it happens. When it throws it is told no more, and the trace goes on. */
  readonly onEvent?: (event: TraceEvent) => void
}

/** One flow: probe, capture on every hop, follow, predict, compare. Rejects with a ClusterError. */
export async function trace(options: TraceOptions): Promise<Verified> {
  const { cluster, progress, signal } = options
  const call = signal ? { signal } : {}
  const started = Date.now()
  const words = catalogue(options.language)
  const facts = await readCluster(options)
  const [from, to] = await Promise.all([
    resolveSender(cluster, options.from, facts),
    resolveReceiver(cluster, options.to, facts),
  ])
  const probe = probeOf(options, to)
  const { protocol, port } = probe
  const seat = seatOf(from)
  const pods = podsOnPath(from, to, facts, port)
  const nodes = nodesOnPath(from, to, pods)
  const tell = guarded(options)
  tell({ kind: 'resolved', from: from.endpoint, to: to.endpoint, sender: stackOfSender(from) })
  const live = options.onEvent && new LiveTrace(tell, expectedProbe(protocol, from, to, port))
  const nodesToReach = facts.nodes.filter((node) => nodes.includes(node.name))

  const captured = await onNodes(options, nodesToReach, async (agents) => {
    // Before anything is captured: of a name that is none there is nothing to see.
    const lookedUp = to.kind === 'host' ? await lookUpHost(agents, seat, to.endpoint.name, signal) : null
    if (lookedUp?.kind === 'no-answer') return { unanswered: lookedUp }
    const request = {
      ...probe.request,
      ...given({ address: lookedUp?.kind === 'found' ? lookedUp.address : undefined }),
    }
    const session = await runCaptureSession({
      cluster,
      facts,
      agents,
      ec2: options.ec2,
      pods,
      nodes,
      filter: probe.filter,
      progress,
      ...call,
      ...(live ? { observer: live } : {}),
      async send() {
        progress((say) => say.probing(options.from, options.to))
        const before = await readCounters(agents, pods, signal)
        tell({ kind: 'probe-sent', protocol, count: options.count })
        const probed = await sendProbe(agentOn(agents, seat.node), seat.pod, request, signal)
        // A probe that came through needs no evidence of drops.
        const lost = probed.outcome.received < probed.outcome.sent
        const counters = lost ? counterEvidence(before, await readCounters(agents, pods, signal)) : []
        progress((say) => say.probed(probed.outcome.received, probed.outcome.sent))
        tell({ kind: 'probe-answered', outcome: probed.outcome })
        return { probed, counters }
      },
    }).finally(() => live?.end())
    const { sent, received } = session.sent.probed.outcome
    if (options.kernelReasons === undefined || sent === 0 || received === sent)
      return { ...session, kernel: null }
    progress((say) => say.askingKernels)
    const kernel = await askKernels({
      kernels: kernelsOf(options.kernelReasons.machine, agents, nodes),
      send: () =>
        sendProbe(agentOn(agents, seat.node), seat.pod, { ...request, count: 1, timeoutMs: 1_000 }, signal),
      ...call,
    })
    return { ...session, kernel }
  })
  const seen =
    'unanswered' in captured
      ? { ...(await notSent(options, protocol, facts, captured.unanswered)), kernel: null }
      : captured
  progress((say) => say.following)
  const predictor = await openPredictor(seen.bundle, {}, signal)
  const sender = stackOfSender(from)
  const { probed } = seen.sent
  const destination = parseIp(probed.destination ?? to.endpoint.address)
  const toPort = port === undefined ? {} : { destinationPort: port }
  const observed = withPrediction(
    observe({
      from: from.endpoint,
      to: to.endpoint,
      sender,
      probed,
      captures: seen.captures,
      fabric: predictor.fabric,
      seenAs: null,
      ...toPort,
      ...(destination === undefined
        ? {}
        : {
            backends: translatedDestinations(predictor, {
              from: sender,
              to: destination,
              protocol: protocolNumber[protocol],
              ...toPort,
            }),
          }),
    }),
    sender,
    predictor,
    port,
  )
  const traces = [{ ...observed.trace, ...given({ kernel: seen.kernel ?? undefined }) }]
  const found = diagnoseCompared(observed, predictor)
  const diagnosis =
    found && sayDiagnosis(words, found, predictor.fabric, { from: from.endpoint.name, to: to.endpoint.name })
  const ofTrace = traceFindings({ compared: observed, diagnosis }, words, seen.sent.counters)
  const findings = [
    ...(seen.kernel === null ? ofTrace : withKernelWord(ofTrace, seen.kernel, words)),
    ...captureFindings(seen.captures, words),
  ]
  const result: RunResult = {
    version: 1,
    source: { kind: 'cluster', name: cluster.name },
    verdict: overallVerdict(traces, [], findings),
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
    traces,
    experiments: [],
    findings,
    ...(diagnosis === null ? {} : { diagnosis: [diagnosis] }),
    gaps: [...predictor.gaps, ...seen.gaps, ...unheardGaps(seen.kernel)],
  }
  tell({ kind: 'done', verdict: result.verdict })
  return { result, capture: keepCaptures(seen.captures, [observed]), bundle: seen.bundle }
}

/** All nodes have one kernel, or each its own. */
const kernelsOf = (
  machine: Runner | null,
  agents: Agents,
  nodes: readonly string[],
): readonly ListenedKernel[] =>
  nodes
    .flatMap((node) => {
      const runner = machine ?? agents.byNode.get(node)?.runner
      return runner ? [{ at: nodeStack(node), runner }] : []
    })
    .slice(0, machine === null ? undefined : 1)

const unheardGaps = (kernel: KernelWord | null): readonly Gap[] =>
  (kernel?.unheard ?? []).map(({ at, because }) => ({ at, what: 'kernel reasons', because }))

/** The sender, the receiver where it is a pod, and the pods behind a service or a NodePort: any of them may be chosen. */
export function podsOnPath(
  from: Sender,
  to: Resolved,
  facts: ClusterFacts,
  port: number | undefined,
): readonly PodFacts[] {
  const receivers =
    to.kind === 'pod'
      ? [to.pod]
      : to.kind === 'service'
        ? podsBehind(facts, to.service)
        : to.kind === 'address'
          ? [
              ...podsWithAddress(facts, to.endpoint.address),
              ...podsBehindAddress(facts, to.endpoint.address, port, false),
            ]
          : to.kind === 'node'
            ? podsBehindAddress(facts, to.endpoint.address, port, true)
            : []
  const all = [...(from.kind === 'pod' ? [from.pod] : []), ...receivers]
  return all.filter((pod, i) => all.findIndex((other) => other.uid === pod.uid) === i && !pod.hostNetwork)
}

export function nodesOnPath(from: Sender, to: Resolved, pods: readonly PodFacts[]): readonly string[] {
  const own = from.kind === 'node' ? from.node.name : (from.pod.node ?? '')
  const far = to.kind === 'node' ? [to.node.name] : to.kind === 'pod' ? [to.pod.node ?? ''] : []
  return [...new Set([own, ...far, ...pods.map((pod) => pod.node ?? '')])].filter((name) => name !== '')
}

/** Events are told from within the capture, which must not end because somebody who looks on fails. */
function guarded({ onEvent, warn }: TraceOptions): (event: TraceEvent) => void {
  let failed = onEvent === undefined
  return (event) => {
    if (failed) return
    try {
      onEvent?.(event)
    } catch (error) {
      failed = true
      warn(
        `nothing more is shown while the trace runs: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
}

const protocolNumber = { icmp: 1, tcp: 6, http: 6, udp: 17, dns: 17 } as const

function expectedProbe(
  protocol: ProbeProtocol,
  from: Sender,
  to: Resolved,
  port: number | undefined,
): ExpectedProbe {
  const sender = stackOfSender(from)
  const address = (text: string): Ip | null => parseIp(text) ?? null
  return {
    sender,
    source: stackKind(sender) === 'pod' ? address(from.endpoint.address) : null,
    destination: address(to.endpoint.address),
    protocol: protocolNumber[protocol],
    ...given({ destinationPort: port }),
  }
}

/** A resolver may be anywhere: every node is recorded. */
async function notSent(
  options: TraceOptions,
  protocol: ProbeProtocol,
  facts: ClusterFacts,
  unanswered: Extract<LookedUp, { readonly kind: 'no-answer' }>,
): Promise<CaptureSession<{ readonly probed: Probed; readonly counters: readonly CounterEvidence[] }>> {
  const probed = unresolved(protocol, unanswered, Date.now())
  const bundle = await onNodes(options, facts.nodes, (agents) => snapshotOfAll(options, facts, agents))
  return { captures: [], bundle, gaps: [], sent: { probed, counters: [] } }
}
