/** What AWS refuses on purpose: the rule, the entry or the route that would let the packet pass. */
import { formatIp, isIp4, parseIp, type Ip } from '../../model/address/address.ts'
import type { Decision, Hop, PacketView } from '../../model/path/path.ts'
import type { VpcEdit } from '../../model/fabric/edit.ts'
import { parseProtocol } from '../../model/packet/packet.ts'
import { contains } from '../../model/address/prefix.ts'
import type { Eni, NetworkAcl, Vpc, VpcRoute, VpcRouteTable } from '../../model/vpc/vpc.ts'
import type { Candidate } from './candidate.ts'

/** @param hop where the packet ended, in the VPC or at one of its gateways */
export function refusalsOf(hop: Hop, vpc: Vpc): readonly Candidate[] {
  const decision = hop.decisions.at(-1)
  const packet = hop.packetIn ?? hop.packetOut
  if (decision === undefined || packet === null) return []
  switch (decision.stage) {
    case 'security-group':
      return atGroups(hop, decision, packet, vpc)
    case 'network-acl':
      return atAcls(hop, decision, packet, vpc)
    case 'source-dest-check':
      return [
        ...vpc.interfaces
          .filter(({ id }) => decision.by.startsWith(`${id}:`))
          .map((eni): Candidate => ({
            ...named(hop, decision, 'SOURCE_DEST_CHECK', 'weakening'),
            edits: [{ kind: 'source-dest-check', eni: eni.id, before: eni.sourceDestCheck, after: false }],
          })),
        // An instance that a route leads to and that does not forward refuses as well.
        ...byRoutes(hop, decision, packet, vpc).filter(({ edits }) =>
          edits.some((edit) => edit.kind === 'vpc-route' && edit.before?.target.kind === 'interface'),
        ),
      ]
    case 'vpc-route':
    case 'gateway':
      return byRoutes(hop, decision, packet, vpc)
    default:
      return []
  }
}

const named = (
  hop: Hop,
  { by }: Decision,
  code: Candidate['code'],
  kind: Candidate['kind'],
): Omit<Candidate, 'edits'> => ({ code, kind, at: hop.stack, by, missing: null, author: 'unknown' })

const hostPrefix = (address: Ip) => ({ address, length: isIp4(address) ? 32 : 128 })

const eniOf = (vpc: Vpc, address: string): Eni | undefined => {
  const ip = parseIp(address)
  return ip === undefined
    ? undefined
    : vpc.interfaces.find(
        (eni) =>
          eni.addresses.some((one) => one.address === ip) || eni.prefixes.some((one) => contains(one, ip)),
      )
}

/** The ports as EC2 has them: of ICMP the type. */
function portsOf(packet: PacketView): { readonly from: number; readonly to: number } | null {
  if (packet.icmpType !== undefined) return { from: packet.icmpType, to: -1 }
  return packet.destinationPort === undefined
    ? null
    : { from: packet.destinationPort, to: packet.destinationPort }
}

/** A rule for this very packet, on either of the two ENIs: the one that refused is the one where it helps. */
function atGroups(hop: Hop, decision: Decision, packet: PacketView, vpc: Vpc): readonly Candidate[] {
  const ends = [
    {
      eni: vpc.interfaces.find(({ id }) => id === hop.in) ?? eniOf(vpc, packet.src),
      direction: 'egress',
      peer: packet.dst,
    },
    { eni: eniOf(vpc, packet.dst), direction: 'ingress', peer: packet.src },
  ] as const
  const protocol = parseProtocol(packet.protocol) ?? null
  return ends.flatMap(({ eni, direction, peer }): readonly Candidate[] => {
    const group = eni?.securityGroups[0]
    const address = parseIp(peer)
    if (eni === undefined || group === undefined || address === undefined) return []
    const other = eniOf(vpc, peer)?.securityGroups[0]
    const line = `${group} ${direction} ${packet.protocol}${packet.destinationPort === undefined ? '' : ` ${packet.destinationPort}`} ${direction === 'ingress' ? 'from' : 'to'} ${other ?? `${formatIp(address)}/${hostPrefix(address).length}`}`
    const edit: VpcEdit = {
      kind: 'security-group-rule',
      group,
      before: null,
      after: {
        id: 'sgr-added',
        direction,
        protocol,
        ports: portsOf(packet),
        // Whom else it lets in is the least that can be said in the words of the VPC's own members.
        peer:
          other === undefined
            ? { kind: 'prefix', prefix: hostPrefix(address) }
            : { kind: 'group', id: other },
        line,
      },
    }
    return [{ ...named(hop, decision, 'SECURITY_GROUP_CLOSED', 'policy'), missing: line, edits: [edit] }]
  })
}

/** Without the entry that denies; or, where the final one does, with one that allows. */
function atAcls(hop: Hop, decision: Decision, packet: PacketView, vpc: Vpc): readonly Candidate[] {
  return vpc.networkAcls.flatMap((acl): readonly Candidate[] => {
    const denying = acl.entries.filter(({ line, action }) => line === decision.by && action === 'deny')
    const told = named(hop, decision, 'NETWORK_ACL_DENIES', 'policy')
    const without = denying
      .filter(({ number }) => number < 32767)
      .map((before): Candidate => ({
        ...told,
        edits: [{ kind: 'network-acl-entry', acl: acl.id, before, after: null }],
      }))
    if (without.length > 0) return without
    if (denying.length === 0 && !decision.by.startsWith(`${acl.id}:`)) return []
    const [into, out] = (['ingress', 'egress'] as const).map((direction) => allowing(acl, direction, packet))
    if (into == null || out == null) return []
    // An ACL knows no connections: the answer needs an entry of its own.
    return [[into], [out], [into, out]].map((edits) => ({
      ...told,
      missing: edits.map(({ after }) => after?.line ?? '').join(', '),
      edits,
    }))
  })
}

type AclEdit = Extract<VpcEdit, { readonly kind: 'network-acl-entry' }>

/** Whatever comes from there, or goes there: the ports of answers are nobody's to know. */
function allowing(acl: NetworkAcl, direction: 'ingress' | 'egress', packet: PacketView): AclEdit | null {
  const own = direction === 'ingress' ? packet.src : packet.dst
  const address = parseIp(own)
  if (address === undefined) return null
  const taken = new Set(acl.entries.filter((one) => one.direction === direction).map(({ number }) => number))
  const number = Array.from({ length: 100 }, (_, i) => i + 1).find((one) => !taken.has(one)) ?? 1
  const prefix = { address: (typeof address === 'number' ? 0 : 0n) as Ip, length: 0 }
  const line = `${acl.id}: ${direction} ${number} allow all ${formatIp(prefix.address)}/0`
  return {
    kind: 'network-acl-entry',
    acl: acl.id,
    before: null,
    after: { number, direction, action: 'allow', protocol: null, prefix, ports: null, line },
  }
}

/** A default route to each gateway of the VPC, in the table of every subnet that the packet may have crossed. */
function byRoutes(hop: Hop, decision: Decision, packet: PacketView, vpc: Vpc): readonly Candidate[] {
  const subnets = new Set(
    [
      vpc.interfaces.find(({ id }) => id === hop.in)?.subnet,
      eniOf(vpc, packet.src)?.subnet,
      vpc.natGateways.find(({ id }) => id === hop.in)?.subnet,
    ].flatMap((subnet) => subnet ?? []),
  )
  const tables = vpc.routeTables.filter(
    (table) =>
      table.subnets.some((subnet) => subnets.has(subnet)) ||
      (table.main &&
        [...subnets].some((subnet) => !vpc.routeTables.some((one) => one.subnets.includes(subnet)))),
  )
  const targets: readonly VpcRoute['target'][] = [
    ...vpc.internetGateways.map((id) => ({ kind: 'internet-gateway', id }) as const),
    ...vpc.natGateways
      .filter(({ state }) => state === undefined || state === 'available')
      .map(({ id }) => ({ kind: 'nat-gateway', id }) as const),
  ]
  return [
    ...tables.flatMap((table) => targets.flatMap((target) => routed(hop, decision, packet, table, target))),
    ...natElsewhere(hop, decision, packet, vpc),
  ]
}

/** A NAT gateway in a subnet whose table is not for it, as that of the nodes: with another table it would pass on what it gets. */
function natElsewhere(hop: Hop, decision: Decision, packet: PacketView, vpc: Vpc): readonly Candidate[] {
  const nat = vpc.natGateways.find(
    ({ id, privateAddress }) => id === hop.in || formatIp(privateAddress) === packet.src,
  )
  if (nat === undefined) return []
  const own =
    vpc.routeTables.find(({ subnets }) => subnets.includes(nat.subnet)) ??
    vpc.routeTables.find(({ main }) => main)
  return vpc.routeTables.flatMap((table): readonly Candidate[] => {
    const out = table.routes.find(({ target }) => target.kind === 'internet-gateway')
    if (table === own || out === undefined) return []
    const before = own?.subnets.includes(nat.subnet) === true ? own.id : null
    return [
      {
        ...named(hop, decision, 'NAT_SUBNET_WITHOUT_EXIT', 'policy'),
        missing: out.line,
        edits: [{ kind: 'subnet-route-table', subnet: nat.subnet, before, after: table.id }],
      },
    ]
  })
}

function routed(
  hop: Hop,
  decision: Decision,
  packet: PacketView,
  table: VpcRouteTable,
  target: VpcRoute['target'],
): readonly Candidate[] {
  const address = parseIp(packet.dst)
  if (address === undefined || !isIp4(address)) return []
  const everywhere = { address: parseIp('0.0.0.0') ?? address, length: 0 }
  const before =
    table.routes.find(({ destination }) => destination.length === 0 && isIp4(destination.address)) ?? null
  if (
    before !== null &&
    before.state === 'active' &&
    JSON.stringify(before.target) === JSON.stringify(target)
  )
    return []
  const line = `${table.id}: 0.0.0.0/0 ${'id' in target ? target.id : target.kind} active`
  return [
    {
      ...named(
        hop,
        decision,
        before === null
          ? 'VPC_ROUTE_MISSING'
          : before.state === 'blackhole'
            ? 'VPC_ROUTE_BLACKHOLE'
            : 'VPC_ROUTE_WRONG',
        'policy',
      ),
      by: before?.line ?? null,
      missing: line,
      edits: [
        {
          kind: 'vpc-route',
          table: table.id,
          before,
          after: { destination: everywhere, target, state: 'active', line },
        },
      ],
    },
  ]
}
