/** Which route table a subnet has. */
import type { Edit } from '../../model/fabric/edit.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { badCommand, notThere } from '../change-error.ts'
import type { Options } from './options.ts'

export function associationEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  // The others name an association by its own id, which no snapshot keeps.
  if (action !== 'associate-route-table') throw badCommand(`aws ec2 ${action}`)
  const subnet = options.needed('--subnet-id')
  const table = options.needed('--route-table-id')
  options.done()
  if (!vpc.subnets.some(({ id }) => id === subnet)) throw notThere(subnet, vpc.id)
  if (!vpc.routeTables.some(({ id }) => id === table)) throw notThere(table, vpc.id)
  const before = vpc.routeTables.find(({ subnets }) => subnets.includes(subnet))?.id ?? null
  return before === table ? [] : [{ kind: 'subnet-route-table', subnet, before, after: table }]
}
