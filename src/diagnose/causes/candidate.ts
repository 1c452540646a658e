import type { Author } from '../../model/diagnosis/deviation.ts'
import type { CauseCode, CauseKind } from '../../model/diagnosis/diagnosis.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** Edits that might mend a flow, and what they would be called if they did. */
export interface Candidate {
  readonly code: CauseCode
  readonly kind: CauseKind
  readonly at: StackId
  readonly by: string | null
  readonly missing: string | null
  readonly author: Author
  readonly edits: readonly Edit[]
}
