/** An edit of an object of AWS, in the model. */
import type { Change, VpcEdit } from '../../model/fabric/edit.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'

/** The VPC after the edit; it shares with the old one whatever the edit leaves alone. */
export function editVpc(vpc: Vpc, edit: VpcEdit): Vpc {
  switch (edit.kind) {
    case 'security-group-rule':
      return {
        ...vpc,
        securityGroups: vpc.securityGroups.map((group) =>
          group.id === edit.group ? { ...group, rules: changed(group.rules, edit) } : group,
        ),
      }
    case 'network-acl-entry':
      return {
        ...vpc,
        networkAcls: vpc.networkAcls.map((acl) =>
          acl.id === edit.acl
            ? { ...acl, entries: changed(acl.entries, edit).toSorted((a, b) => a.number - b.number) }
            : acl,
        ),
      }
    case 'vpc-route':
      return {
        ...vpc,
        routeTables: vpc.routeTables.map((table) =>
          table.id === edit.table ? { ...table, routes: changed(table.routes, edit) } : table,
        ),
      }
    case 'source-dest-check':
      return {
        ...vpc,
        interfaces: vpc.interfaces.map((eni) =>
          eni.id === edit.eni ? { ...eni, sourceDestCheck: edit.after } : eni,
        ),
      }
    case 'internet-gateway':
      return { ...vpc, internetGateways: changed(vpc.internetGateways, edit) }
    case 'subnet-route-table':
      return {
        ...vpc,
        routeTables: vpc.routeTables.map((table) => {
          const others = table.subnets.filter((subnet) => subnet !== edit.subnet)
          if (table.id === edit.after) return { ...table, subnets: [...others, edit.subnet] }
          return others.length === table.subnets.length ? table : { ...table, subnets: others }
        }),
      }
  }
}

/** One put in place of another; an added one stands last. */
function changed<T>(list: readonly T[], { before, after }: Change<T>): readonly T[] {
  const where = before === null ? -1 : list.indexOf(before)
  if (where < 0) return after === null ? list : [...list, after]
  return list.toSpliced(where, 1, ...(after === null ? [] : [after]))
}
