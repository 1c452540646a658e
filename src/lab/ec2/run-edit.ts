import type { Call } from './call.ts'
import type { Edit } from './cloud-view.ts'
import { AwsError, isFault, refuse } from './fault.ts'

/** Runs a pure edit through the lab's control port; a fault goes to the caller in AWS's words. */
export async function change<R>(call: Call, edit: Edit<R>): Promise<R> {
  if (call.control === null)
    return refuse('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403)
  const edited = await call.control.change(edit)
  if (isFault(edited)) throw new AwsError(edited)
  return edited.made
}
