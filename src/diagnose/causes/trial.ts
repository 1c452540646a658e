/** What an edit would do to a flow: it is tried, not supposed. */
import type { CompiledFabric } from '../../forward/compiled/fabric.ts'
import { applyEdits } from '../../forward/edit/apply-edits.ts'
import type { Budget } from '../../forward/run/budget.ts'
import { predict, type Flow, type PredictedPath, type Prediction } from '../../forward/walk/predict.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'

export const isDelivered = ({ verdict, replyVerdict }: PredictedPath): boolean =>
  verdict === 'delivered' && (replyVerdict === null || replyVerdict === 'delivered')

export const isLost = ({ verdict, replyVerdict }: PredictedPath): boolean =>
  verdict === 'dropped' || replyVerdict === 'dropped'

/** How much of a flow arrives where it should, there and back: 0..1. */
export const share = (prediction: Prediction, intended: StackId | null): number =>
  prediction.paths
    .filter((path) => isDelivered(path) && isAt(path, intended))
    .reduce((sum, { probability }) => sum + probability, 0)

/** A pod's address is delivered to that pod; what is a node's may be handed on by a node port. */
const isAt = ({ deliveredAt }: PredictedPath, intended: StackId | null): boolean =>
  intended === null || stackKind(intended) !== 'pod' || deliveredAt === intended

/** @param allowance the steps that are left for this trial and those after it */
export const tried = (
  fabric: CompiledFabric,
  flow: Flow,
  edits: readonly Edit[],
  allowance?: Budget,
): Prediction => predict(applyEdits(fabric, edits), flow, allowance)
