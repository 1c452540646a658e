import type { Predictor } from '../forward/walk/predictor.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { parseJson } from '../edge/json.ts'
import { compileSteps } from '../forward/compile/fabric.ts'
import { createPolicyForwarder } from '../forward/kubernetes/policy-forwarder.ts'
import { enforcesPolicies } from '../kubernetes/policy-agent.ts'
import { readKubernetesObjects } from '../kubernetes/read-objects.ts'
import { predict } from '../forward/walk/predict.ts'
import { createUnreadVpc } from '../forward/vpc/unread-vpc.ts'
import { createVpcForwarder } from '../forward/vpc/vpc-forwarder.ts'
import { protocolTowards } from '../model/packet/packet.ts'
import type { Gap } from '../model/result/result.ts'
import { atOnce, Breath, inBreaths, type Steps } from '../edge/breath.ts'
import { bundleSteps } from './read-bundle.ts'
import { servicePortsOf } from '../kubernetes/service-ports.ts'

const kubernetesLists = ['pods', 'services', 'endpointslices', 'networkpolicies', 'namespaces'] as const

export interface PredictorOptions {
  /** Where the VPC was not recorded: go on as if it delivered every packet. */
  readonly assumeVpc?: boolean
}

/** Reads and compiles a snapshot. Never throws; what could not be read is a gap, and unknown where it matters. */
export const predictorOf = (bundle: Bundle, options: PredictorOptions = {}): Predictor =>
  atOnce(predictorSteps(bundle, options))

/** The same, giving way in between. Rejects with the signal's reason when it is aborted. */
export const openPredictor = (
  bundle: Bundle,
  options: PredictorOptions,
  signal: AbortSignal | undefined,
): Promise<Predictor> => inBreaths(predictorSteps(bundle, options), new Breath(signal))

export function* predictorSteps(bundle: Bundle, options: PredictorOptions): Steps<Predictor> {
  const { fabric, gaps } = yield* bundleSteps(bundle)
  const lists: Partial<Record<(typeof kubernetesLists)[number], unknown>> = {}
  const unreadable: Gap[] = []
  for (const name of kubernetesLists) {
    const text = bundle.files.get(`kubernetes/${name}.json`)
    if (text === undefined) continue
    yield
    const read = parseJson(text)
    if ('value' in read) lists[name] = read.value
    else
      unreadable.push({
        at: `kubernetes/${name}.json`,
        what: name,
        because: `line ${read.line}: ${read.problem}`,
      })
  }
  // A bundle of plain namespaces has no Kubernetes around it, and then no policies either.
  const objects = Object.keys(lists).length > 0 ? readKubernetesObjects(lists) : null
  const vpc = fabric.vpc
    ? createVpcForwarder(fabric.vpc)
    : createUnreadVpc(fabric, options.assumeVpc === true)
  const compiled = yield* compileSteps(fabric, {
    ...(vpc ? { vpc } : {}),
    ...(objects && enforcesPolicies(objects.seen) ? { policy: createPolicyForwarder(objects.seen) } : {}),
  })
  return {
    fabric,
    compiled,
    objects: objects?.seen ?? null,
    gaps: [
      ...gaps,
      ...unreadable,
      ...(objects?.gaps ?? []),
      ...(fabric.vpc === null && vpc !== null ? [unreadGap(options.assumeVpc === true)] : []),
    ],
    characters: [...bundle.files.values()].reduce((sum, text) => sum + text.length, 0),
    services: servicePortsOf(lists.services),
    has: (stack) => compiled.stacks.has(stack),
    predict: (flow, allowance) =>
      predict(compiled, { ...flow, protocol: protocolTowards(flow.to, flow.protocol) }, allowance),
  }
}

/** Nobody recorded what EC2 says of the VPC between the nodes. */
const unreadGap = (assumed: boolean): Gap => ({
  at: 'vpc/not-recorded',
  what: 'security groups, network ACLs, route tables, source/destination checks',
  because: assumed
    ? 'not recorded; taken to let every packet pass, as --assume-vpc asks'
    : 'not recorded: beyond a node nothing is sure (--assume-vpc goes on as if the VPC delivered every packet)',
})
