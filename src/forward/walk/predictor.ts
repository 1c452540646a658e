import type { CompiledFabric } from '../compiled/fabric.ts'
import type { KubernetesObjects } from '../../model/fabric/kubernetes.ts'
import type { ServicePorts } from '../../kubernetes/service-ports.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { Gap } from '../../model/result/result.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { Budget } from '../run/budget.ts'
import type { Flow, PredictedPath, Prediction } from './predict.ts'

/** A snapshot, compiled once, that answers for any number of flows. */
export interface Predictor {
  readonly fabric: Fabric
  /** The same in the shape that edits are tried on. */
  readonly compiled: CompiledFabric
  /** Null: nothing of Kubernetes was read. */
  readonly objects: KubernetesObjects | null
  readonly gaps: readonly Gap[]
  /** Characters of all texts of the snapshot: how much one may expect to be asked of it. */
  readonly characters: number
  readonly services: readonly ServicePorts[]
  /** Is there a stack of this name? */
  readonly has: (stack: StackId) => boolean
  /** ICMP towards an IPv6 address is taken as ICMPv6. `allowance`: what is left for this flow and others. */
  readonly predict: (flow: Flow, allowance?: Budget) => Prediction
}

/** The answer that one would bet on: the most probable way. */
export const likeliest = (prediction: Prediction): PredictedPath => {
  const [first] = prediction.paths
  if (!first) throw new Error('a prediction has at least one path')
  return first
}
