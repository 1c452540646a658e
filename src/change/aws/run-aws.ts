/** `--aws "authorize-security-group-ingress …"`: a command of the AWS CLI that changes the VPC → edits of it. */
import type { Edit } from '../../model/fabric/edit.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { badCommand, lacking, notRead } from '../change-error.ts'
import { shellSplit } from '../typed/words.ts'
import { withEdits, type World } from '../world.ts'
import { entryEdits } from './acl-entry.ts'
import { readOptions } from './options.ts'
import { routeEdits } from './route.ts'
import { groupRuleEdits } from './group-rule.ts'
import { attributeEdits } from './interface-attribute.ts'
import { associationEdits } from './route-association.ts'
import { gatewayEdits } from './gateway.ts'

/** The world after the command, `aws ec2` before it or not. Throws a ChangeError for what EC2 would refuse, and for what is not understood. */
export function runAws(world: World, text: string): World {
  const typed = shellSplit(text)
  const words = typed[0] === 'aws' ? typed.slice(1) : typed
  const [action, ...rest] = words[0] === 'ec2' ? words.slice(1) : words
  if (action === undefined) throw lacking('aws ec2 COMMAND')
  const { vpc } = world.compiled.fabric
  if (vpc === null) throw notRead('aws ec2 describe-…', 'vpc')
  return withEdits(world, editsOf(action, rest, vpc))
}

function editsOf(action: string, words: readonly string[], vpc: Vpc): readonly Edit[] {
  switch (action) {
    case 'authorize-security-group-ingress':
    case 'authorize-security-group-egress':
    case 'revoke-security-group-ingress':
    case 'revoke-security-group-egress':
      return groupRuleEdits(action, readOptions(words), vpc)
    case 'create-route':
    case 'replace-route':
    case 'delete-route':
      return routeEdits(action, readOptions(words), vpc)
    case 'create-network-acl-entry':
    case 'replace-network-acl-entry':
    case 'delete-network-acl-entry':
      return entryEdits(action, readOptions(words), vpc)
    case 'modify-network-interface-attribute':
    case 'modify-instance-attribute':
      return attributeEdits(action, readOptions(words), vpc)
    case 'associate-route-table':
    case 'replace-route-table-association':
    case 'disassociate-route-table':
    case 'replace-network-acl-association':
      return associationEdits(action, readOptions(words), vpc)
    case 'attach-internet-gateway':
    case 'detach-internet-gateway':
      return gatewayEdits(action, readOptions(words), vpc)
    default:
      throw badCommand(`aws ec2 ${action}`)
  }
}
