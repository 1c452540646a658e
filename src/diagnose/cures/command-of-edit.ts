/** An edit as the commands that make it, each complete in itself. */
import { formatIp, isIp4 } from '../../model/address/address.ts'
import type { ConntrackEntry } from '../../model/stack/conntrack.ts'
import { isStackEdit, type Change, type Edit, type StackEdit, type VpcEdit } from '../../model/fabric/edit.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { protocolName } from '../../model/packet/packet.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { Route } from '../../model/stack/route.ts'
import type { NetworkAclEntry, SecurityGroupRule, VpcRoute, VpcRouteTable } from '../../model/vpc/vpc.ts'

/** Empty: no command makes it. */
export function commandsOf(edit: Edit, fabric: Fabric): readonly string[] {
  if (isStackEdit(edit)) return onStack(edit, fabric)
  if (edit.kind !== 'network-policy') return onVpc(edit, fabric)
  const { before, after } = edit
  return before !== null && after === null
    ? [`kubectl -n ${before.namespace} delete networkpolicy ${before.name}`]
    : []
}

function onStack(edit: StackEdit, fabric: Fabric): readonly string[] {
  switch (edit.kind) {
    case 'route':
      if ((edit.after ?? edit.before)?.type === 'local') return addressCommands(edit)
      return edit.after !== null
        ? [`ip${six(edit.after)} route replace ${routeWords(edit.after)}`]
        : edit.before !== null
          ? [`ip${six(edit.before)} route del ${routeWords(edit.before)}`]
          : []
    case 'rule':
      return [
        ...(edit.before === null ? [] : [`ip${six(edit.before)} rule del ${ruleWords(edit.before)}`]),
        ...(edit.after === null ? [] : [`ip${six(edit.after)} rule add ${ruleWords(edit.after)}`]),
      ]
    case 'neighbour': {
      const { before, after } = edit
      if (after === null)
        return before === null ? [] : [`ip neigh del ${formatIp(before.address)} dev ${before.device}`]
      return after.mac === null
        ? []
        : [
            `ip neigh replace ${formatIp(after.address)} dev ${after.device} lladdr ${after.mac} nud permanent`,
          ]
    }
    case 'link':
      return linkCommands(edit)
    case 'sysctl':
      return edit.after === null ? [] : [`sysctl -w ${edit.name}=${edit.after}`]
    case 'iptables-rule':
    case 'iptables-chain':
      return iptablesCommands(edit, programOf(edit, fabric))
    case 'nft-rule': {
      const place = `${edit.family} ${edit.table} ${edit.chain}`
      const { before, after, index } = edit
      if (after === null) return before === null ? [] : [`nft delete rule ${place} handle ${before.handle}`]
      if (before !== null) return [`nft replace rule ${place} handle ${before.handle} '${after.line}'`]
      return [
        index === 0
          ? `nft insert rule ${place} '${after.line}'`
          : `nft add rule ${place} index ${index - 1} '${after.line}'`,
      ]
    }
    case 'nft-table':
      return edit.before !== null && edit.after === null
        ? [`nft delete table ${edit.before.family} ${edit.before.name}`]
        : []
    case 'set-member':
      return [
        ...(edit.before === null ? [] : [`ipset del ${edit.set} ${edit.before.parts.join(',')}`]),
        ...(edit.after === null ? [] : [`ipset add ${edit.set} ${edit.after.parts.join(',')}`]),
      ]
    case 'conntrack':
      return edit.before === null || edit.after !== null ? [] : [forgetting(edit.before)]
  }
}

/** The kernel writes a route of the table `local` for each address, and takes it away with it. */
function addressCommands({ before, after }: Change<Route>): readonly string[] {
  const told = (verb: string, route: Route | null): readonly string[] =>
    route === null
      ? []
      : [
          `ip${six(route)} addr ${verb} ${formatPrefix(route.destination)} dev ${route.nextHops[0]?.device ?? 'lo'}`,
        ]
  return [...told('del', before), ...told('add', after)]
}

const six = ({ family }: { readonly family: 4 | 6 }): string => (family === 6 ? ' -6' : '')

/** As `ip route` prints a route it also takes it, what it says of its state apart; without a scope it would choose another. */
const routeWords = (route: Route): string => {
  const line = route.line.trim().replace(/ (linkdown|dead|offload|rt_offload|rt_trap)\b/g, '')
  return route.type !== 'unicast' || / (scope|via) /.test(line) ? line : `${line} scope ${route.scope}`
}

/** `512: from all to X lookup main` → `pref 512 from all to X lookup main`. */
const ruleWords = ({ priority, line }: PolicyRule): string =>
  `pref ${priority} ${line.replace(/^\d+:\s*/, '')}`

function linkCommands(edit: Extract<StackEdit, { readonly kind: 'link' }>): readonly string[] {
  const { before, after } = edit
  if (before === null || after === null) return []
  const set = (what: string): string => `ip link set dev ${after.name} ${what}`
  const up = after.flags.includes('UP')
  return [
    ...(up === before.flags.includes('UP') ? [] : [set(up ? 'up' : 'down')]),
    ...(after.mtu === before.mtu ? [] : [set(`mtu ${after.mtu}`)]),
    ...(after.mac === before.mac || after.mac === null ? [] : [set(`address ${after.mac}`)]),
  ]
}

type IptablesEdit = Extract<StackEdit, { readonly kind: 'iptables-rule' | 'iptables-chain' }>

/** `iptables` itself reaches the backend that the snapshot was told of by it, which is read first; the other has to be named. */
function programOf({ stack, family, backend }: IptablesEdit, { stacks }: Fabric): string {
  const of = stacks.find(({ id }) => id === stack)
  const [own] = (family === 6 ? of?.ip6tables : of?.iptables) ?? []
  const program = family === 6 ? 'ip6tables' : 'iptables'
  return own === undefined || own.backend === backend ? program : `${program}-${backend}`
}

function iptablesCommands(edit: IptablesEdit, name: string): readonly string[] {
  const program = `${name} -w -t ${edit.table}`
  const rest = (line: string): string => line.replace(/^-A \S+ ?/, '')
  if (edit.kind === 'iptables-rule') {
    const { before, after, chain, index } = edit
    if (after === null) return before === null ? [] : [`${program} -D ${chain} ${rest(before.line)}`]
    const option = before === null ? '-I' : '-R'
    return [`${program} ${option} ${chain} ${index + 1} ${rest(after.line)}`]
  }
  const { before, after, chain } = edit
  if (after === null) return before === null ? [] : [`${program} -F ${chain}`, `${program} -X ${chain}`]
  if (before !== null)
    return after.policy === null || after.policy === before.policy
      ? []
      : [`${program} -P ${chain} ${after.policy}`]
  return [`${program} -N ${chain}`, ...after.rules.map(({ line }) => `${program} ${line}`)]
}

function forgetting({ protocol, original }: ConntrackEntry): string {
  const ports =
    original.destinationPort === 0
      ? ''
      : ` --orig-port-src ${original.sourcePort} --orig-port-dst ${original.destinationPort}`
  return `conntrack -D -p ${protocolName(protocol)} --orig-src ${formatIp(original.src)} --orig-dst ${formatIp(original.dst)}${ports}`
}

function onVpc(edit: VpcEdit, { vpc }: Fabric): readonly string[] {
  switch (edit.kind) {
    case 'security-group-rule':
      return [
        ...(edit.before === null ? [] : [groupCommand('revoke', edit.group, edit.before)]),
        ...(edit.after === null ? [] : [groupCommand('authorize', edit.group, edit.after)]),
      ]
    case 'network-acl-entry':
      return [
        ...(edit.before === null
          ? []
          : [
              `aws ec2 delete-network-acl-entry --network-acl-id ${edit.acl} --rule-number ${edit.before.number} --${edit.before.direction}`,
            ]),
        ...(edit.after === null ? [] : [aclCommand(edit.acl, edit.after)]),
      ]
    case 'vpc-route':
      return routeCommands(edit)
    case 'source-dest-check':
      return [
        `aws ec2 modify-network-interface-attribute --network-interface-id ${edit.eni} --${edit.after ? '' : 'no-'}source-dest-check`,
      ]
    case 'interface-groups':
      return [
        `aws ec2 modify-network-interface-attribute --network-interface-id ${edit.eni} --groups ${edit.after.join(' ')}`,
      ]
    case 'subnet-route-table':
      return associationCommands(edit, vpc?.routeTables ?? [])
    case 'internet-gateway':
    case 'main-route-table':
    case 'subnet-network-acl':
      return []
  }
}

/** EC2 refuses to associate a subnet that has a table: its association gets another. */
function associationCommands(
  { subnet, before, after }: Extract<VpcEdit, { readonly kind: 'subnet-route-table' }>,
  tables: readonly VpcRouteTable[],
): readonly string[] {
  const [own] = tables.flatMap(({ associations = {} }) =>
    Object.entries(associations).flatMap(([id, of]) => (of === subnet ? [id] : [])),
  )
  if (before === null)
    return after === null
      ? []
      : [`aws ec2 associate-route-table --subnet-id ${subnet} --route-table-id ${after}`]
  if (own === undefined) return []
  return [
    after === null
      ? `aws ec2 disassociate-route-table --association-id ${own}`
      : `aws ec2 replace-route-table-association --association-id ${own} --route-table-id ${after}`,
  ]
}

function groupCommand(verb: 'authorize' | 'revoke', group: string, rule: SecurityGroupRule): string {
  const { peer, ports, protocol } = rule
  const told = [
    `IpProtocol=${protocol === null ? '-1' : protocolName(protocol)}`,
    ...(ports === null ? [] : [`FromPort=${ports.from}`, `ToPort=${ports.to}`]),
    peer.kind === 'group'
      ? `UserIdGroupPairs=[{GroupId=${peer.id}}]`
      : peer.kind === 'prefix-list'
        ? `PrefixListIds=[{PrefixListId=${peer.id}}]`
        : isIp4(peer.prefix.address)
          ? `IpRanges=[{CidrIp=${formatPrefix(peer.prefix)}}]`
          : `Ipv6Ranges=[{CidrIpv6=${formatPrefix(peer.prefix)}}]`,
  ]
  return `aws ec2 ${verb}-security-group-${rule.direction} --group-id ${group} --ip-permissions '${told.join(',')}'`
}

const aclCommand = (acl: string, entry: NetworkAclEntry): string =>
  `aws ec2 create-network-acl-entry --network-acl-id ${acl} --rule-number ${entry.number} --${entry.direction} --rule-action ${entry.action} --protocol ${entry.protocol ?? -1} --cidr-block ${formatPrefix(entry.prefix)}${entry.ports === null ? '' : ` --port-range From=${entry.ports.from},To=${entry.ports.to}`}`

function routeCommands(edit: Extract<VpcEdit, { readonly kind: 'vpc-route' }>): readonly string[] {
  const { before, after, table } = edit
  const place = ({ destination }: VpcRoute): string =>
    `--route-table-id ${table} --destination-cidr-block ${formatPrefix(destination)}`
  if (after === null) return before === null ? [] : [`aws ec2 delete-route ${place(before)}`]
  const { target } = after
  const option =
    target.kind === 'nat-gateway'
      ? `--nat-gateway-id ${target.id}`
      : target.kind === 'interface'
        ? `--network-interface-id ${target.id}`
        : 'id' in target
          ? `--gateway-id ${target.id}`
          : '--local-target'
  return [`aws ec2 ${before === null ? 'create' : 'replace'}-route ${place(after)} ${option}`]
}
