import { describe, expect, test } from 'vitest'
import { route, rule, tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import {
  acl,
  allow,
  bastion,
  cross,
  deny,
  google,
  icmp,
  lines,
  local,
  newFlow,
  node1,
  node1second,
  node2,
  node3,
  public2,
  tcp,
  told,
  withEni,
  withEntries,
  withRoutes,
  without,
} from './tutorial-vpc.fixture.ts'

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
