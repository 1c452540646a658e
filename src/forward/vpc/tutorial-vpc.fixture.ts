import { entry, route, tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import { formatIp, ip } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import type { VpcFlow, VpcOutcome } from '../run/boundaries.ts'
import { createVpcForwarder } from './vpc-forwarder.ts'

/** Packets through the tutorial's VPC, and that VPC with one thing changed. For tests only. */

export const node1 = 'eni-00000000000000011'
export const node1second = 'eni-00000000000000012'
export const node2 = 'eni-00000000000000021'
export const node3 = 'eni-00000000000000031'
export const bastion = 'eni-00000000000000041'
export const google = '198.51.100.100'

export const icmp = (src: string, dst: string, type = 8): Packet => ({
  src: ip(src),
  dst: ip(dst),
  protocol: 1,
  ttl: 63,
  sourcePort: null,
  destinationPort: null,
  icmpType: type,
  icmpCode: 0,
  tcpFlags: null,
  length: 84,
  dontFragment: true,
  tos: 0,
})

export const tcp = (
  src: string,
  dst: string,
  sourcePort: number | null,
  destinationPort: number | null,
): Packet => ({
  ...icmp(src, dst),
  protocol: 6,
  icmpType: null,
  icmpCode: null,
  sourcePort,
  destinationPort,
  tcpFlags: 2,
  length: 60,
})

export const cross = (
  flow: VpcFlow,
  eni: string | null,
  packet: Packet,
  direction: 'forward' | 'reply' = 'forward',
) => flow.cross({ stack: 'node/n', interface: 'eth0', eni, packet, direction, record: true })

export const newFlow = (vpc: Vpc = tutorialVpc): VpcFlow => createVpcForwarder(vpc).newFlow()

/** For a reader: where it went, and the last line that decided. */
export function told(outcome: VpcOutcome): string {
  switch (outcome.kind) {
    case 'arrives':
      return `arrives ${outcome.eni} ${formatIp(outcome.packet.src)} > ${formatIp(outcome.packet.dst)}`
    case 'internet':
      return `${outcome.hops.at(-1)?.stack} ${formatIp(outcome.packet.src)} > ${formatIp(outcome.packet.dst)}`
    case 'dropped':
    case 'unknown':
      return `${outcome.kind} ${outcome.at} ${outcome.decision.stage}: ${outcome.decision.by}`
  }
}

export const lines = (outcome: VpcOutcome) =>
  outcome.hops.flatMap((hop) => hop.decisions.map((d) => `${hop.stack} ${d.stage}: ${d.by}`))
export const withRoutes = (table: string, ...routes: Vpc['routeTables'][number]['routes']): Vpc => ({
  ...tutorialVpc,
  routeTables: tutorialVpc.routeTables.map((t) => (t.id === table ? { ...t, routes } : t)),
})
export const public2 = 'rtb-00000000000000002'
export const local = route(public2, '192.168.0.0/16', { kind: 'local' })
export const withEntries = (...entries: Vpc['networkAcls'][number]['entries']): Vpc => ({
  ...tutorialVpc,
  networkAcls: tutorialVpc.networkAcls.map((acl) => ({ ...acl, entries: [...entries, ...acl.entries] })),
})
export const acl = 'acl-00000000000000001'
const everywhere = prefix('0.0.0.0/0')
export const deny = (number: number, direction: 'ingress' | 'egress', from: number, to: number) =>
  entry(acl, { number, direction, action: 'deny', protocol: 6, prefix: everywhere, ports: { from, to } })
export const allow = (number: number, direction: 'ingress' | 'egress', from: number, to: number) =>
  entry(acl, { number, direction, action: 'allow', protocol: 6, prefix: everywhere, ports: { from, to } })
export const without = (part: keyof Vpc, missing: NonNullable<Vpc['missing']>[number]): Vpc => ({
  ...tutorialVpc,
  [part]: [],
  missing: [missing],
})
export const withEni = (id: string, change: Partial<Vpc['interfaces'][number]>): Vpc => ({
  ...tutorialVpc,
  interfaces: tutorialVpc.interfaces.map((eni) => (eni.id === id ? { ...eni, ...change } : eni)),
})
