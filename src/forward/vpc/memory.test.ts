import { describe, expect, test } from 'vitest'
import { tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import {
  acl,
  bastion,
  cross,
  deny,
  google,
  lines,
  newFlow,
  node1,
  tcp,
  told,
  withEntries,
} from './tutorial-vpc.fixture.ts'

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
