import { describe, expect, test } from 'vitest'
import { entry, route, rule, tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import { formatIp, ip } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import type { VpcFlow, VpcOutcome } from '../run/boundaries.ts'
import { createVpcForwarder } from './vpc-forwarder.ts'

const node1 = 'eni-00000000000000011'
const node1second = 'eni-00000000000000012'
const node2 = 'eni-00000000000000021'
const node3 = 'eni-00000000000000031'
const bastion = 'eni-00000000000000041'
const google = '198.51.100.100'

const icmp = (src: string, dst: string, type = 8): Packet => ({
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

const tcp = (
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

const cross = (
  flow: VpcFlow,
  eni: string | null,
  packet: Packet,
  direction: 'forward' | 'reply' = 'forward',
) => flow.cross({ stack: 'node/n', interface: 'eth0', eni, packet, direction, record: true })

const newFlow = (vpc: Vpc = tutorialVpc): VpcFlow => createVpcForwarder(vpc).newFlow()

/** For a reader: where it went, and the last line that decided. */
function told(outcome: VpcOutcome): string {
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

const lines = (outcome: VpcOutcome) =>
  outcome.hops.flatMap((hop) => hop.decisions.map((d) => `${hop.stack} ${d.stage}: ${d.by}`))

describe('a packet of the tutorial', () => {
  test('from pod 1 to pod 3 crosses the VPC unchanged, by named rules', () => {
    const outcome = cross(newFlow(), node1, icmp('192.168.1.239', '192.168.3.143'))
    expect(told(outcome)).toBe(`arrives ${node3} 192.168.1.239 > 192.168.3.143`)
    expect(lines(outcome)).toEqual([
      'vpc/vpc-0123456789abcdef0 security-group: sgr-00000000000000004: egress all to 0.0.0.0/0',
      'vpc/vpc-0123456789abcdef0 network-acl: acl-00000000000000001: egress 100 allow all to 0.0.0.0/0',
      'vpc/vpc-0123456789abcdef0 vpc-route: rtb-00000000000000002: 192.168.0.0/16 -> local (active)',
      'vpc/vpc-0123456789abcdef0 network-acl: acl-00000000000000001: ingress 100 allow all from 0.0.0.0/0',
      'vpc/vpc-0123456789abcdef0 security-group: sgr-00000000000000001: ingress all from sg-0c1u5ter000000001',
    ])
    expect(outcome.hops).toHaveLength(1)
    expect(outcome.hops[0]).toMatchObject({ in: node1, out: node3 })
  })

  test('to the internet becomes the node’s public address at the gateway, and comes back', () => {
    const flow = newFlow()
    const outcome = cross(flow, node1, icmp('192.168.1.138', google))
    expect(told(outcome)).toBe(`internet 203.0.113.11 > ${google}`)
    expect(outcome.hops.map((hop) => hop.stack)).toEqual([
      'vpc/vpc-0123456789abcdef0',
      'igw/igw-00000000000000001',
      'internet',
    ])
    expect(lines(outcome).at(-1)).toBe(
      'igw/igw-00000000000000001 gateway: eni-00000000000000011: 192.168.1.138 <-> 203.0.113.11',
    )
    const reply = flow.fromInternet({
      packet: icmp(google, '203.0.113.11', 0),
      direction: 'reply',
      record: true,
    })
    expect(told(reply)).toBe(`arrives ${node1} ${google} > 192.168.1.138`)
    expect(lines(reply).at(-1)).toBe(
      'vpc/vpc-0123456789abcdef0 security-group: sgr-00000000000000004: egress all to 0.0.0.0/0',
    )
  })
})

/** The tutorial's VPC, with one thing changed. */
const withRoutes = (table: string, ...routes: Vpc['routeTables'][number]['routes']): Vpc => ({
  ...tutorialVpc,
  routeTables: tutorialVpc.routeTables.map((t) => (t.id === table ? { ...t, routes } : t)),
})
const public2 = 'rtb-00000000000000002'
const local = route(public2, '192.168.0.0/16', { kind: 'local' })
const withEntries = (...entries: Vpc['networkAcls'][number]['entries']): Vpc => ({
  ...tutorialVpc,
  networkAcls: tutorialVpc.networkAcls.map((acl) => ({ ...acl, entries: [...entries, ...acl.entries] })),
})
const acl = 'acl-00000000000000001'
const everywhere = prefix('0.0.0.0/0')
const deny = (number: number, direction: 'ingress' | 'egress', from: number, to: number) =>
  entry(acl, { number, direction, action: 'deny', protocol: 6, prefix: everywhere, ports: { from, to } })
const allow = (number: number, direction: 'ingress' | 'egress', from: number, to: number) =>
  entry(acl, { number, direction, action: 'allow', protocol: 6, prefix: everywhere, ports: { from, to } })
const without = (part: keyof Vpc, missing: NonNullable<Vpc['missing']>[number]): Vpc => ({
  ...tutorialVpc,
  [part]: [],
  missing: [missing],
})
const withEni = (id: string, change: Partial<Vpc['interfaces'][number]>): Vpc => ({
  ...tutorialVpc,
  interfaces: tutorialVpc.interfaces.map((eni) => (eni.id === id ? { ...eni, ...change } : eni)),
})

describe('one packet, one thing different', () => {
  test.each([
    {
      because: 'a secondary-ENI address must not leave by the primary ENI',
      eni: node1,
      packet: icmp('192.168.1.60', '192.168.3.143'),
      want: `dropped vpc/vpc-0123456789abcdef0 source-dest-check: ${node1}: SourceDestCheck true, 3 addresses in subnet-0aaaaaaaaaaaaaaaa`,
    },
    {
      because: 'without the check the ENI may send for others; its own groups still hold',
      vpc: withEni(node1, { sourceDestCheck: false }),
      eni: node1,
      packet: icmp('192.168.1.60', '192.168.3.143'),
      want: `arrives ${node3} 192.168.1.60 > 192.168.3.143`,
    },
    {
      because: 'an address of a delegated prefix belongs to its ENI',
      eni: node3,
      packet: icmp('192.168.3.70', '192.168.1.239'),
      want: `arrives ${node1} 192.168.3.70 > 192.168.1.239`,
    },
    {
      because: 'a secondary private address has no public one',
      eni: node1second,
      packet: icmp('192.168.1.60', google),
      want: 'dropped igw/igw-00000000000000001 gateway: eni-00000000000000012: 192.168.1.60 has no public address',
    },
    {
      because: 'a group reference does not admit the bastion to port 80',
      eni: bastion,
      packet: tcp('192.168.1.100', '192.168.1.138', 40000, 80),
      want: 'dropped vpc/vpc-0123456789abcdef0 security-group: sg-0c1u5ter000000001: no ingress rule allows tcp 80 from 192.168.1.100',
    },
    {
      because: 'the bastion’s group is admitted to port 22',
      eni: bastion,
      packet: tcp('192.168.1.100', '192.168.3.20', 40000, 22),
      want: `arrives ${node3} 192.168.1.100 > 192.168.3.20`,
    },
    {
      because: 'network ACLs do not stand between two ENIs of one subnet',
      vpc: withEntries(deny(1, 'egress', 0, 65535), deny(1, 'ingress', 0, 65535)),
      eni: bastion,
      packet: tcp('192.168.1.100', '192.168.1.138', 40000, 22),
      want: `arrives ${node1} 192.168.1.100 > 192.168.1.138`,
    },
    {
      because: 'the lowest number that matches decides',
      vpc: withEntries(deny(10, 'egress', 22, 22), allow(20, 'egress', 22, 22)),
      eni: bastion,
      packet: tcp('192.168.1.100', '192.168.3.20', 40000, 22),
      want: `dropped vpc/vpc-0123456789abcdef0 network-acl: ${acl}: egress 10 deny tcp 22 to 0.0.0.0/0`,
    },
    {
      because: 'a security group of the receiver may be missing from the recording',
      vpc: without('securityGroups', 'security-groups'),
      eni: node1,
      packet: icmp('192.168.1.239', '192.168.3.143'),
      want: 'unknown vpc/vpc-0123456789abcdef0 security-group: sg-0c1u5ter000000001: its rules are not recorded',
    },
    {
      because: 'what the missing groups would say does not matter where no route leads on',
      vpc: {
        ...withRoutes(public2, local),
        securityGroups: [],
        missing: ['security-groups'] as const,
      },
      eni: node1,
      packet: icmp('192.168.1.138', google),
      want: `dropped vpc/vpc-0123456789abcdef0 vpc-route: ${public2}: no route matches`,
    },
    {
      because: 'a missing network ACL leaves it open',
      vpc: without('networkAcls', 'network-acls'),
      eni: node1,
      packet: icmp('192.168.1.239', '192.168.3.143'),
      want: 'unknown vpc/vpc-0123456789abcdef0 network-acl: subnet-0aaaaaaaaaaaaaaaa: its network ACL is not recorded',
    },
    {
      because: 'a missing route table leaves it open',
      vpc: without('routeTables', 'route-tables'),
      eni: node1,
      packet: icmp('192.168.1.239', '192.168.3.143'),
      want: 'unknown vpc/vpc-0123456789abcdef0 vpc-route: subnet-0aaaaaaaaaaaaaaaa: its route table is not recorded',
    },
    {
      because: 'nobody has this address',
      eni: node1,
      packet: icmp('192.168.1.239', '192.168.3.99'),
      want: 'dropped vpc/vpc-0123456789abcdef0 vpc-route: vpc-0123456789abcdef0: no ENI has 192.168.3.99',
    },
    {
      because: 'the VPC router itself answers ARP alone',
      eni: node1,
      packet: icmp('192.168.1.138', '192.168.1.1'),
      want: "dropped vpc/vpc-0123456789abcdef0 vpc-route: vpc-0123456789abcdef0: 192.168.1.1 is the subnet's router",
    },
    {
      because: 'the resolver at base + 2 is the VPC itself; no filter applies',
      vpc: withEntries(deny(1, 'egress', 0, 65535), deny(1, 'ingress', 0, 65535)),
      eni: node1,
      packet: tcp('192.168.1.138', '192.168.0.2', 40000, 53),
      want: 'vpc/vpc-0123456789abcdef0 192.168.1.138 > 192.168.0.2',
    },
    {
      because: 'so is the instance metadata service',
      eni: node1,
      packet: tcp('192.168.1.138', '169.254.169.254', 40000, 80),
      want: 'vpc/vpc-0123456789abcdef0 192.168.1.138 > 169.254.169.254',
    },
    {
      because: 'a blackhole route drops',
      vpc: withRoutes(public2, local, {
        ...route(public2, '0.0.0.0/0', { kind: 'nat-gateway', id: 'nat-gone' }),
        state: 'blackhole',
        line: `${public2}: 0.0.0.0/0 -> nat-gone (blackhole)`,
      }),
      eni: node1,
      packet: icmp('192.168.1.138', google),
      want: `dropped vpc/vpc-0123456789abcdef0 vpc-route: ${public2}: 0.0.0.0/0 -> nat-gone (blackhole)`,
    },
    {
      because: 'a private address never leaves by the internet gateway',
      eni: node1,
      packet: icmp('192.168.1.138', '10.9.9.9'),
      want: 'dropped igw/igw-00000000000000001 gateway: igw-00000000000000001: carries public addresses only',
    },
    {
      because: 'beyond a transit gateway nothing is described',
      vpc: withRoutes(public2, local, route(public2, '10.0.0.0/8', { kind: 'transit-gateway', id: 'tgw-1' })),
      eni: node1,
      packet: icmp('192.168.1.138', '10.9.9.9'),
      want: `unknown vpc/vpc-0123456789abcdef0 vpc-route: ${public2}: 10.0.0.0/8 -> tgw-1 (active)`,
    },
    {
      because: 'a route to an appliance’s ENI ends at its destination check',
      vpc: withRoutes(public2, local, route(public2, '10.0.0.0/8', { kind: 'interface', id: node2 })),
      eni: node1,
      packet: icmp('192.168.1.138', '10.9.9.9'),
      want: `dropped vpc/vpc-0123456789abcdef0 source-dest-check: ${node2}: SourceDestCheck true, 2 addresses in subnet-0bbbbbbbbbbbbbbbb`,
    },
    {
      because: 'jumbo frames pass inside the VPC',
      eni: node1,
      packet: { ...icmp('192.168.1.239', '192.168.3.143'), length: 9001 },
      want: `arrives ${node3} 192.168.1.239 > 192.168.3.143`,
    },
    {
      because: 'and not the internet gateway, when they must not be fragmented',
      eni: node1,
      packet: { ...icmp('192.168.1.138', google), length: 1501 },
      want: 'dropped igw/igw-00000000000000001 mtu: igw-00000000000000001: MTU 1500',
    },
    {
      because: 'what may be fragmented passes',
      eni: node1,
      packet: { ...icmp('192.168.1.138', google), length: 1501, dontFragment: false },
      want: `internet 203.0.113.11 > ${google}`,
    },
    {
      because: 'another node’s public address is reached through the gateway and back',
      eni: bastion,
      packet: tcp('192.168.1.100', '203.0.113.10', 40000, 22),
      want: `arrives ${bastion} 203.0.113.10 > 192.168.1.100`,
    },
    {
      because: 'an interface without a known ENI says nothing of what is beyond it',
      eni: null,
      packet: icmp('192.168.1.138', google),
      want: 'unknown vpc/vpc-0123456789abcdef0 link: node/n eth0: no ENI known',
    },
  ])('$because', ({ vpc, eni, packet, want }) => {
    expect(told(cross(newFlow(vpc), eni, packet))).toBe(want)
  })
})

describe('what is remembered of a connection', () => {
  const closed = {
    ...tutorialVpc,
    securityGroups: tutorialVpc.securityGroups.map((group) => ({
      ...group,
      rules: group.rules.filter((r) => r.direction === 'ingress'),
    })),
  }

  test('a reply leaves without an egress rule, by the rule that let the request in', () => {
    const flow = newFlow(closed)
    const request = flow.fromInternet({
      packet: tcp('198.51.100.7', '203.0.113.10', 50000, 22),
      direction: 'forward',
      record: true,
    })
    expect(told(request)).toBe(`arrives ${bastion} 198.51.100.7 > 192.168.1.100`)
    const reply = cross(flow, bastion, tcp('192.168.1.100', '198.51.100.7', 22, 50000), 'reply')
    expect(told(reply)).toBe('internet 203.0.113.10 > 198.51.100.7')
    expect(lines(reply)[0]).toBe(
      'vpc/vpc-0123456789abcdef0 security-group: sgr-00000000000000005: ingress tcp 22 from 0.0.0.0/0',
    )
  })

  test('the same packet as a new connection needs an egress rule', () => {
    expect(told(cross(newFlow(closed), bastion, tcp('192.168.1.100', '198.51.100.7', 22, 50000)))).toBe(
      'dropped vpc/vpc-0123456789abcdef0 security-group: sg-0ba5710n000000001: no egress rule allows tcp 50000 to 198.51.100.7',
    )
  })

  test('a network ACL that forgets the ephemeral ports stops the reply, not the request', () => {
    const vpc = withEntries(deny(10, 'ingress', 1024, 65535))
    const flow = newFlow(vpc)
    expect(told(cross(flow, node1, tcp('192.168.1.138', google, 40000, 80)))).toBe(
      `internet 203.0.113.11 > ${google}`,
    )
    const reply = {
      packet: tcp(google, '203.0.113.11', 80, 40000),
      direction: 'reply',
      record: true,
    } as const
    expect(told(flow.fromInternet(reply))).toBe(
      `dropped vpc/vpc-0123456789abcdef0 network-acl: ${acl}: ingress 10 deny tcp 1024-65535 from 0.0.0.0/0`,
    )
  })

  test('whether a half of the ephemeral ports is enough nobody can tell beforehand', () => {
    const vpc = withEntries(deny(10, 'ingress', 50000, 65535))
    const flow = newFlow(vpc)
    cross(flow, node1, tcp('192.168.1.138', google, null, 80))
    const reply = { packet: tcp(google, '203.0.113.11', 80, null), direction: 'reply', record: true } as const
    expect(told(flow.fromInternet(reply))).toBe(
      `unknown vpc/vpc-0123456789abcdef0 network-acl: ${acl}: ingress 10 deny tcp 50000-65535 from 0.0.0.0/0`,
    )
  })

  test('the resolver’s answer comes back to the ENI that asked', () => {
    const flow = newFlow()
    cross(flow, node1, tcp('192.168.1.138', '192.168.0.2', 40000, 53))
    const answer = tcp('192.168.0.2', '192.168.1.138', 53, 40000)
    expect(told(flow.fromInternet({ packet: answer, direction: 'reply', record: true }))).toBe(
      `arrives ${node1} 192.168.0.2 > 192.168.1.138`,
    )
  })

  test('an uninvited packet to a node is stopped by its group', () => {
    const packet = tcp('198.51.100.7', '203.0.113.11', 50000, 22)
    expect(told(newFlow().fromInternet({ packet, direction: 'forward', record: true }))).toBe(
      'dropped vpc/vpc-0123456789abcdef0 security-group: sg-0c1u5ter000000001: no ingress rule allows tcp 22 from 198.51.100.7',
    )
  })

  test('an address that nobody has is not delivered', () => {
    const packet = tcp('198.51.100.7', '203.0.113.99', 50000, 22)
    expect(told(newFlow().fromInternet({ packet, direction: 'forward', record: true }))).toBe(
      'dropped igw/igw-00000000000000001 gateway: igw-00000000000000001: no ENI has the public address 203.0.113.99',
    )
  })
})

describe('the API server behind an ENI of EKS', () => {
  const apiServer = 'eni-00000000000000061'
  const eks = (vpc: Vpc = tutorialVpc, securityGroups = ['sg-0c1u5ter000000001']): Vpc => ({
    ...vpc,
    interfaces: [
      ...vpc.interfaces,
      {
        id: apiServer,
        subnet: 'subnet-0bbbbbbbbbbbbbbbb',
        mac: '02:00:00:00:00:61',
        addresses: [
          { address: ip('192.168.2.116'), primary: true, publicAddress: null, associationId: null },
        ],
        prefixes: [],
        securityGroups,
        sourceDestCheck: true,
        attachment: null,
        description: 'Amazon EKS podpath',
        managed: 'eks-control-plane',
      },
    ],
  })
  const ask = tcp('192.168.1.239', '192.168.2.116', 40000, 443)
  const answer = tcp('192.168.2.116', '192.168.1.239', 443, 40000)
  const fromThere = (flow: VpcFlow): VpcOutcome =>
    flow.fromInternet({ packet: answer, direction: 'reply', record: true })

  test('answers TCP, through the groups and network ACLs on the way', () => {
    const flow = newFlow(eks())
    const there = cross(flow, node1, ask)
    expect(told(there)).toBe(`arrives ${apiServer} 192.168.1.239 > 192.168.2.116`)
    expect(there).toMatchObject({ answers: { stage: 'service', by: `${apiServer}: Amazon EKS podpath` } })
    const back = fromThere(flow)
    expect(told(back)).toBe(`arrives ${node1} 192.168.2.116 > 192.168.1.239`)
    expect(back.hops.map((hop) => hop.stack)).toEqual([apiServer, 'vpc/vpc-0123456789abcdef0'])
    expect(lines(back).filter((line) => line.includes('network-acl'))).toHaveLength(2)
  })

  test('whether it answers anything else nobody can tell', () => {
    expect(cross(newFlow(eks()), node1, icmp('192.168.1.239', '192.168.2.116'))).toMatchObject({
      kind: 'arrives',
      answers: null,
    })
  })

  test('is shut off by its own group', () => {
    expect(told(cross(newFlow(eks(tutorialVpc, ['sg-0ba5710n000000001'])), node1, ask))).toContain('dropped')
  })

  test('cannot answer through a network ACL that forgets the ephemeral ports', () => {
    const flow = newFlow(eks(withEntries(deny(10, 'ingress', 1024, 65535))))
    expect(told(cross(flow, node1, ask))).toContain('arrives')
    expect(told(fromThere(flow))).toBe(
      `dropped vpc/vpc-0123456789abcdef0 network-acl: ${acl}: ingress 10 deny tcp 1024-65535 from 0.0.0.0/0`,
    )
  })
})

describe('a NAT gateway', () => {
  // Node 3's subnet is private: it leaves by the NAT gateway in subnet a.
  const vpc: Vpc = {
    ...tutorialVpc,
    routeTables: tutorialVpc.routeTables.map((table) =>
      table.main
        ? {
            ...table,
            subnets: ['subnet-0cccccccccccccccc'],
            routes: [
              ...table.routes,
              route(table.id, '0.0.0.0/0', { kind: 'nat-gateway', id: 'nat-00000000000000001' }),
            ],
          }
        : { ...table, subnets: table.subnets.slice(0, 2) },
    ),
  }

  test('rewrites any address of the VPC, and the internet gateway rewrites its own', () => {
    const flow = newFlow(vpc)
    const out = cross(flow, node3, tcp('192.168.3.143', google, 40000, 443))
    expect(told(out)).toBe(`internet 203.0.113.20 > ${google}`)
    expect(out.hops.map((hop) => hop.stack)).toEqual([
      'vpc/vpc-0123456789abcdef0',
      'nat/nat-00000000000000001',
      'vpc/vpc-0123456789abcdef0',
      'igw/igw-00000000000000001',
      'internet',
    ])
    expect(lines(out).filter((line) => line.includes('gateway:'))).toEqual([
      'nat/nat-00000000000000001 gateway: nat-00000000000000001: public, 192.168.1.7 <-> 203.0.113.20 in subnet-0aaaaaaaaaaaaaaaa (available)',
      'igw/igw-00000000000000001 gateway: eni-00000000000000051: 192.168.1.7 <-> 203.0.113.20 (eipassoc-00000000000000002)',
    ])
    const reply = tcp(google, '203.0.113.20', 443, null)
    const back = flow.fromInternet({ packet: reply, direction: 'reply', record: true })
    expect(told(back)).toBe(`arrives ${node3} ${google} > 192.168.3.143`)
    expect(back).toMatchObject({ packet: { destinationPort: 40000 } })
    expect(back.hops.map((hop) => hop.stack)).toEqual([
      'internet',
      'igw/igw-00000000000000001',
      'vpc/vpc-0123456789abcdef0',
      'nat/nat-00000000000000001',
      'vpc/vpc-0123456789abcdef0',
    ])
  })

  test('lets nothing in that nobody behind it asked for', () => {
    const packet = tcp('198.51.100.7', '203.0.113.20', 50000, 443)
    const outcome = newFlow(vpc).fromInternet({ packet, direction: 'forward', record: true })
    expect(told(outcome)).toContain('dropped vpc/vpc-0123456789abcdef0 gateway: nat-00000000000000001')
  })

  test('carries TCP, UDP and ICMP alone', () => {
    const sctp = { ...tcp('192.168.3.143', google, 40000, 443), protocol: 132 }
    expect(told(cross(newFlow(vpc), node3, sctp))).toContain('dropped nat/nat-00000000000000001')
  })
})

test('without recording the outcome is the same', () => {
  const cases: readonly Packet[] = [
    icmp('192.168.1.239', '192.168.3.143'),
    icmp('192.168.1.138', google),
    icmp('192.168.1.60', google),
    icmp('192.168.1.239', '192.168.3.99'),
  ]
  for (const packet of cases) {
    const departure = {
      stack: 'node/n',
      interface: 'eth0',
      eni: node1,
      packet,
      direction: 'forward',
    } as const
    const loud = newFlow().cross({ ...departure, record: true })
    const quiet = newFlow().cross({ ...departure, record: false })
    expect({ ...quiet, hops: [] }).toEqual({ ...loud, hops: [] })
  }
})

test('a rule that names a group speaks of whose address it is, not of who forwards it', () => {
  const group = tutorialVpc.securityGroups[0]!
  const vpc: Vpc = {
    ...tutorialVpc,
    securityGroups: [
      {
        ...group,
        rules: [
          rule({
            id: 'sgr-1',
            direction: 'ingress',
            protocol: null,
            ports: null,
            peer: { kind: 'group', id: 'sg-0ba5710n000000001' },
          }),
          ...group.rules.filter((r) => r.direction === 'egress'),
        ],
      },
      ...tutorialVpc.securityGroups.slice(1),
    ],
  }
  expect(told(cross(newFlow(vpc), bastion, icmp('192.168.1.100', '192.168.3.20')))).toContain('arrives')
  expect(told(cross(newFlow(vpc), node1, icmp('192.168.1.138', '192.168.3.20')))).toContain('dropped')
})
