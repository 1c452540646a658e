import type { CloudControl, CloudView } from './cloud-view.ts'
import type { QueryTree } from './query.ts'
import type { XmlObject } from './xml.ts'

/** One call of one action, its caller already known. */
export interface Call {
  readonly parameters: QueryTree
  readonly view: CloudView
  /** Null: this lab's VPC cannot be changed. */
  readonly control: CloudControl | null
}

/** Answers with the elements that stand beside `requestId`; refuses by throwing an AwsError. */
export type Action = (call: Call) => XmlObject | Promise<XmlObject>
