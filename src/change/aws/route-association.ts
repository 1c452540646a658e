/** Which route table, and which network ACL, a subnet has. */
import type { Edit } from '../../model/fabric/edit.ts'
import type { Vpc, VpcRouteTable } from '../../model/vpc/vpc.ts'
import { badValue, notThere } from '../change-error.ts'
import type { Options } from './options.ts'

export function associationEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  switch (action) {
    case 'associate-route-table':
      return associate(options, vpc)
    case 'replace-route-table-association':
      return replace(options, vpc)
    case 'replace-network-acl-association':
      return replaceAcl(options, vpc)
    default:
      return disassociate(options, vpc)
  }
}

function associate(options: Options, vpc: Vpc): readonly Edit[] {
  const subnet = options.needed('--subnet-id')
  const table = tableOf(options, vpc)
  options.done()
  if (!vpc.subnets.some(({ id }) => id === subnet)) throw notThere(subnet, vpc.id)
  const before = vpc.routeTables.find(({ subnets }) => subnets.includes(subnet))?.id ?? null
  return before === table ? [] : [{ kind: 'subnet-route-table', subnet, before, after: table }]
}

/** Of the main table's own association it makes another the main one (EC2 API reference, ReplaceRouteTableAssociation). */
function replace(options: Options, vpc: Vpc): readonly Edit[] {
  const { table: before, subnet } = associationOf(options, vpc)
  const after = tableOf(options, vpc)
  options.done()
  if (before.id === after) return []
  return subnet === null
    ? [{ kind: 'main-route-table', before: before.id, after }]
    : [{ kind: 'subnet-route-table', subnet, before: before.id, after }]
}

function disassociate(options: Options, vpc: Vpc): readonly Edit[] {
  const id = options.needed('--association-id')
  const { table, subnet } = associationOf(options, vpc)
  options.done()
  // EC2 refuses it of the main table.
  if (subnet === null) throw badValue('--association-id', id)
  return [{ kind: 'subnet-route-table', subnet, before: table.id, after: null }]
}

function replaceAcl(options: Options, vpc: Vpc): readonly Edit[] {
  const id = options.needed('--association-id')
  const after = options.needed('--network-acl-id')
  options.done()
  const before = vpc.networkAcls.find(({ associations = {} }) => Object.hasOwn(associations, id))
  const subnet = before?.associations?.[id]
  if (before === undefined || subnet === undefined) throw notThere(id, vpc.id)
  if (!vpc.networkAcls.some((acl) => acl.id === after)) throw notThere(after, vpc.id)
  return before.id === after ? [] : [{ kind: 'subnet-network-acl', subnet, before: before.id, after }]
}

function associationOf(
  options: Options,
  vpc: Vpc,
): { readonly table: VpcRouteTable; readonly subnet: string | null } {
  const id = options.needed('--association-id')
  const table = vpc.routeTables.find(({ associations = {} }) => Object.hasOwn(associations, id))
  const subnet = table?.associations?.[id]
  if (table === undefined || subnet === undefined) throw notThere(id, vpc.id)
  return { table, subnet }
}

function tableOf(options: Options, vpc: Vpc): string {
  const table = options.needed('--route-table-id')
  if (!vpc.routeTables.some(({ id }) => id === table)) throw notThere(table, vpc.id)
  return table
}
