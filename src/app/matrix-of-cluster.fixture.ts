/** A made cluster as a matrix is asked of it, for tests and benchmarks. */
import { compileFabric } from '../forward/compile/fabric.ts'
import type { MadeCluster } from '../forward/classes/pods-and-nodes.fixture.ts'
import { createPolicyForwarder } from '../forward/kubernetes/policy-forwarder.ts'
import { createVpcForwarder } from '../forward/vpc/vpc-forwarder.ts'
import { predict } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { formatIp, type Ip } from '../model/address/address.ts'
import { protocolTowards } from '../model/packet/packet.ts'
import { stackName } from '../model/stack/stack-id.ts'
import type { ClassMatrixInput } from './class-answers.ts'
import type { MatrixEnd } from './matrix.ts'

export function matrixOfCluster(
  { fabric, objects, members }: MadeCluster,
  flow: ClassMatrixInput['flow'],
): ClassMatrixInput {
  const compiled = compileFabric(fabric, {
    ...(fabric.vpc ? { vpc: createVpcForwarder(fabric.vpc) } : {}),
    policy: createPolicyForwarder(objects),
  })
  const nodeOf = new Map(
    objects.pods.map(({ namespace, name, nodeName }) => [`${namespace}/${name}`, nodeName]),
  )
  const predictor: Predictor = {
    fabric,
    compiled,
    objects,
    gaps: [],
    characters: 50_000_000,
    services: [],
    has: (stack) => compiled.stacks.has(stack),
    predict: (one, allowance) =>
      predict(compiled, { ...one, protocol: protocolTowards(one.to, one.protocol) }, allowance),
  }
  const ends = members.map(({ stack, address }): MatrixEnd => {
    const name = stackName(stack)
    return {
      endpoint: { kind: 'pod', name, address: formatIp(address as Ip), node: nodeOf.get(name) ?? '' },
      stack,
      port: null,
    }
  })
  return {
    predictor,
    source: { kind: 'bundle', name: 'made' },
    from: ends,
    to: ends,
    flow,
    language: 'en',
    started: Date.now(),
    progress: () => undefined,
  }
}
