import { describe, expect, test } from 'vitest'
import { route, tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { cross, google, lines, newFlow, node3, tcp, told } from './tutorial-vpc.fixture.ts'

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
