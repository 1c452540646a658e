import type { CloudView, Credential } from './cloud-view.ts'
import { refuse } from './fault.ts'
import { textOf, type QueryTree } from './query.ts'
import type { XmlObject } from './xml.ts'

/** The one STS action of the lab: who am I? */
export function callerIdentity(parameters: QueryTree, view: CloudView, caller: Credential): XmlObject {
  const action = textOf(parameters, 'Action') ?? ''
  if (action !== 'GetCallerIdentity')
    refuse('InvalidAction', `Could not find operation ${action} for version 2011-06-15`)
  return { Arn: caller.arn, UserId: caller.userId, Account: view.account }
}
