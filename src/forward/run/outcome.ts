import type { Decision, Verdict } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** How one run went. */
export interface Outcome {
  readonly verdict: Verdict
  readonly replyVerdict: Verdict | null
  readonly stoppedAt: StackId | null
  readonly decision: Decision | null
  readonly deliveredAt: StackId | null
  /** Equal numbers: the same stacks, interfaces and addresses, there and back. */
  readonly signature: number
  /** The same of the request alone. */
  readonly requestSignature: number
}
