import type { ClusterFacts } from '../kubernetes/facts.ts'
import { listAt, textAt } from '../edge/fields.ts'
import type { Probed } from '../model/result/probed.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import { externalSnatOf } from '../intent/vpc-cni/settings.ts'
import { formatIp } from '../model/address/address.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { Experiment, TraceResult } from '../model/result/result.ts'
import { natGatewayStack, type StackId } from '../model/stack/stack-id.ts'
import type { NatGateway, Vpc } from '../model/vpc/vpc.ts'
import { checkAll } from './claim.ts'
import type { FlowFacts } from './facts.ts'
import { podToInternet } from './pod-to-internet.ts'
import { podToPod } from './pod-to-pod.ts'
import { publicAddress } from './public-address.ts'

export interface ExperimentInput {
  readonly traces: readonly TraceResult[]
  readonly fabric: Fabric
  /** Packets that each stack's capture lost. */
  readonly captures: ReadonlyMap<StackId, number>
  readonly facts: ClusterFacts
  /** What the internet answered the first pod, and its node, about their address; null when they could not ask. */
  readonly fromPod: Probed | null
  readonly fromNode: Probed | null
  readonly words: Catalogue
}

/** The tutorial's three experiments, each statement decided. Pure. */
export function tutorialExperiments(input: ExperimentInput): readonly Experiment[] {
  const { traces, fabric, captures, facts, words } = input
  const common: Omit<FlowFacts, 'trace'> = {
    stacks: new Map(fabric.stacks.map((stack) => [stack.id, stack])),
    captures,
    vpcRead: fabric.vpc !== null,
    nodeAddresses: new Map(facts.nodes.map((node) => [node.name, node.internalAddresses[0] ?? ''])),
  }
  const toPods = traces.flatMap((trace, i) => (trace.to.kind === 'pod' ? [i] : []))
  const toInternet = traces.flatMap((trace, i) => (trace.to.kind === 'host' ? [i] : []))
  // The tutorial draws pod 1 to pod 3; with two pods there is one pair. One that is lost is what there is to tell of.
  const firstSender = traces[0]?.from.name
  const drawn =
    toPods.find((i) => isUnanswered(traces[i])) ??
    toPods.findLast((i) => traces[i]?.from.name === firstSender)
  const pod = drawn === undefined ? undefined : traces[drawn]
  const outward = toInternet[0] === undefined ? undefined : traces[toInternet[0]]
  const node = outward?.from.node ?? ''
  const natGateway = outward && fabric.vpc ? natGatewayOn(outward, fabric.vpc) : null
  const edge = {
    natGateway: natGateway && formatIp(natGateway.privateAddress),
    publicAddress: natGateway
      ? natGateway.publicAddress && formatIp(natGateway.publicAddress)
      : externalAddress(facts, node),
  }
  const titles = words.report.experiments
  return [
    ...(pod
      ? [
          {
            id: 'pod-to-pod' as const,
            title: titles['pod-to-pod'],
            // The one that the statements speak of stands first: it is the one that reports draw.
            traces: [drawn, ...toPods.filter((i) => i !== drawn)].filter((i) => i !== undefined),
            checks: checkAll(podToPod, { ...common, trace: pod }, words),
          },
        ]
      : []),
    ...(outward
      ? [
          {
            id: 'pod-to-internet' as const,
            title: titles['pod-to-internet'],
            traces: toInternet,
            checks: checkAll(
              podToInternet,
              {
                ...common,
                ...edge,
                externalSnat: natGateway !== null && leavesSnat(facts, node),
                trace: outward,
                seenAs: answer(input.fromPod),
              },
              words,
            ),
          },
          {
            id: 'public-address' as const,
            title: titles['public-address'],
            traces: [],
            checks: checkAll(
              publicAddress,
              {
                pod: {
                  name: outward.from.name,
                  answer: answer(input.fromPod),
                  error: failure(input.fromPod),
                },
                node: { name: node, answer: answer(input.fromNode), error: failure(input.fromNode) },
                ...edge,
              },
              words,
            ),
          },
        ]
      : []),
  ]
}

const isUnanswered = (trace: TraceResult | undefined): boolean =>
  trace?.probe != null && trace.probe.received < trace.probe.sent

const answer = (probed: Probed | null): string | null => probed?.outcome.answer?.trim() ?? null
const failure = (probed: Probed | null): string | null => probed?.outcome.error ?? null

/** What the environment of the node's aws-node says of AWS_VPC_K8S_CNI_EXTERNALSNAT. */
function leavesSnat(facts: ClusterFacts, node: string): boolean {
  const awsNode = (facts.raw.get('pods') ?? []).find(
    (pod) =>
      textAt(pod, 'metadata', 'labels', 'k8s-app') === 'aws-node' && textAt(pod, 'spec', 'nodeName') === node,
  )
  const variables = listAt(awsNode, 'spec', 'containers').flatMap((one) => listAt(one, 'env'))
  const told = variables.find((one) => textAt(one, 'name') === 'AWS_VPC_K8S_CNI_EXTERNALSNAT')
  return externalSnatOf(textAt(told, 'value'))
}

/** By which the route tables send the flow out of the VPC. */
function natGatewayOn({ predicted, observed }: TraceResult, vpc: Vpc): NatGateway | null {
  const hops = (predicted ?? observed)?.forward ?? []
  return vpc.natGateways.find(({ id }) => hops.some((hop) => hop.stack === natGatewayStack(id))) ?? null
}

/** Kubernetes' ExternalIP of a node: what the cloud controller learnt from EC2. */
function externalAddress(facts: ClusterFacts, node: string): string | null {
  const object = (facts.raw.get('nodes') ?? []).find((one) => textAt(one, 'metadata', 'name') === node)
  const external = listAt(object, 'status', 'addresses').find((one) => textAt(one, 'type') === 'ExternalIP')
  return textAt(external, 'address') ?? null
}
