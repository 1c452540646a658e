import { formatIp } from '../../model/address/address.ts'
import type { VpcView } from '../../model/view/cluster-view.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'

/** The VPC's parts, each with the lines that EC2's answers became. */
export function vpcView(vpc: Vpc): VpcView {
  const nodeOf = new Map(vpc.instances.map((one) => [one.id, one.privateDnsName]))
  const main = vpc.routeTables.find((table) => table.main)?.id ?? null
  return {
    id: vpc.id,
    prefixes: vpc.prefixes.map(formatPrefix),
    subnets: vpc.subnets.map((subnet) => ({
      id: subnet.id,
      prefix: formatPrefix(subnet.prefix),
      zone: subnet.zone,
      routeTable: vpc.routeTables.find((table) => table.subnets.includes(subnet.id))?.id ?? main,
      nodes: vpc.interfaces.flatMap((eni) =>
        eni.subnet === subnet.id && eni.attachment?.deviceIndex === 0
          ? [nodeOf.get(eni.attachment.instance) ?? eni.attachment.instance]
          : [],
      ),
    })),
    routeTables: vpc.routeTables.map((table) => ({
      id: table.id,
      main: table.main,
      subnets: table.subnets,
      routes: [...table.routes, ...(table.unresolved ?? [])].map((route) => route.line),
    })),
    gateways: [
      ...vpc.internetGateways.map((id) => ({ id, kind: 'internet' as const })),
      ...vpc.natGateways.map(({ id }) => ({ id, kind: 'nat' as const })),
    ],
    securityGroups: vpc.securityGroups.map((group) => ({
      id: group.id,
      name: group.name,
      enis: vpc.interfaces.filter((eni) => eni.securityGroups.includes(group.id)).length,
      rules: group.rules.map((rule) => rule.line),
    })),
  }
}

/** Every public address by the private one that it stands for. */
export const publicAddresses = (vpc: Vpc): ReadonlyMap<string, string> =>
  new Map(
    vpc.interfaces.flatMap((eni) =>
      eni.addresses.flatMap(({ address, publicAddress }) =>
        publicAddress === null ? [] : [[formatIp(address), formatIp(publicAddress)] as const],
      ),
    ),
  )
