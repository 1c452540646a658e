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
    case 'interface-groups':
      return {
        ...vpc,
        interfaces: vpc.interfaces.map((eni) =>
          eni.id === edit.eni ? { ...eni, securityGroups: edit.after } : eni,
        ),
      }
    case 'main-route-table':
      return {
        ...vpc,
        routeTables: vpc.routeTables.map((table) => ({ ...table, main: table.id === edit.after })),
      }
    case 'subnet-network-acl':
      return {
        ...vpc,
        networkAcls: vpc.networkAcls.map((acl) => moved(acl, edit, vpc.networkAcls)),
      }
    case 'internet-gateway':
      return { ...vpc, internetGateways: changed(vpc.internetGateways, edit) }
    case 'subnet-route-table':
      return {
        ...vpc,
        routeTables: vpc.routeTables.map((table) => moved(table, edit, vpc.routeTables)),
      }
  }
}

interface Associated {
  readonly id: string
  readonly subnets: readonly string[]
  readonly associations?: Readonly<Record<string, string | null>>
}

/** A subnet goes from one to another, and its association with it. */
function moved<T extends Associated>(
  one: T,
  { subnet, after }: { readonly subnet: string; readonly after: string | null },
  all: readonly T[],
): T {
  const isOf = ([, of]: readonly [string, string | null]): boolean => of === subnet
  if (one.id === after) {
    if (one.subnets.includes(subnet)) return one
    const own = all.flatMap(({ associations = {} }) => Object.entries(associations)).filter(isOf)
    return {
      ...one,
      subnets: [...one.subnets, subnet],
      ...(own.length === 0 ? {} : { associations: { ...one.associations, ...Object.fromEntries(own) } }),
    }
  }
  if (!one.subnets.includes(subnet)) return one
  const kept = Object.entries(one.associations ?? {}).filter((entry) => !isOf(entry))
  return {
    ...one,
    subnets: one.subnets.filter((other) => other !== subnet),
    ...(one.associations === undefined ? {} : { associations: Object.fromEntries(kept) }),
  }
}

/** One put in place of another; an added one stands last. */
function changed<T>(list: readonly T[], { before, after }: Change<T>): readonly T[] {
  const where = before === null ? -1 : list.indexOf(before)
  if (where < 0) return after === null ? list : [...list, after]
  return list.toSpliced(where, 1, ...(after === null ? [] : [after]))
}
