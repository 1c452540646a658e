import { describe, expect, test } from 'vitest'
import { route, tutorialVpc } from '../../test/ec2/tutorial-cloud.ts'
import { formatIp, ip } from '../model/address/address.ts'
import type { Vpc, VpcRouteTarget } from '../model/vpc/vpc.ts'
import { egressPathOf } from './egress-path.ts'

const node = '192.168.3.20'
const vpcId = 'vpc/vpc-0123456789abcdef0'

/** The tutorial's VPC, whose third subnet leaves by this target. */
function leavingBy(target: VpcRouteTarget): Vpc {
  const [subnet] = tutorialVpc.subnets.slice(2)
  const own = 'rtb-00000000000000009'
  return {
    ...tutorialVpc,
    routeTables: [
      ...tutorialVpc.routeTables.map((table) => ({
        ...table,
        subnets: table.subnets.filter((id) => id !== subnet!.id),
      })),
      {
        id: own,
        main: false,
        subnets: [subnet!.id],
        routes: [route(own, '192.168.0.0/16', { kind: 'local' }), route(own, '0.0.0.0/0', target)],
      },
    ],
  }
}

const way = (vpc: Vpc, source: string, seenAs: string | null = null): readonly string[] =>
  egressPathOf(vpc, () => (seenAs === null ? null : ip(seenAs)))(ip(source), ip('198.51.100.7')).map(
    (passage) =>
      `${passage.stack}${passage.source === null ? '' : ` ${formatIp(passage.source)}`}${passage.choosesPort ? ' other port' : ''}`,
  )

describe('the way out of a VPC', () => {
  test('of a public subnet: the internet gateway gives the public address', () => {
    expect(way(tutorialVpc, '192.168.1.138')).toEqual([
      `${vpcId} 192.168.1.138`,
      'igw/igw-00000000000000001 203.0.113.11',
      'internet',
    ])
  })

  test('of a private subnet: the NAT gateway gives its own, the internet gateway that one’s public address', () => {
    expect(way(leavingBy({ kind: 'nat-gateway', id: 'nat-00000000000000001' }), node)).toEqual([
      `${vpcId} ${node}`,
      'nat/nat-00000000000000001 192.168.1.7 other port',
      `${vpcId} 192.168.1.7`,
      'igw/igw-00000000000000001 203.0.113.20',
      'internet',
    ])
  })

  test('the ENI of the NAT gateway need not be recorded', () => {
    const vpc = leavingBy({ kind: 'nat-gateway', id: 'nat-00000000000000001' })
    const without = { ...vpc, interfaces: vpc.interfaces.filter(({ id }) => !id.endsWith('51')) }
    expect(way(without, node)).toContain('igw/igw-00000000000000001 203.0.113.20')
  })

  test.each<{ readonly target: VpcRouteTarget }>([
    { target: { kind: 'transit-gateway', id: 'tgw-1' } },
    { target: { kind: 'peering', id: 'pcx-1' } },
    { target: { kind: 'vpc-endpoint', id: 'vpce-1' } },
    { target: { kind: 'interface', id: 'eni-00000000000000041' } },
  ])('by $target.kind nobody can tell what lies behind the router', ({ target }) => {
    expect(way(leavingBy(target), node)).toEqual([vpcId])
  })

  test.each(['169.254.169.254', '169.254.169.253'])(
    '%s is of the VPC itself: nothing lies behind it',
    (to) => {
      expect(egressPathOf(tutorialVpc, () => null)(ip(node), ip(to))).toEqual([
        { stack: vpcId, source: null },
      ])
    },
  )

  test('a NAT gateway that is not described has no address to tell', () => {
    expect(way(leavingBy({ kind: 'nat-gateway', id: 'nat-gone' }), node)).toEqual([
      `${vpcId} ${node}`,
      'nat/nat-gone',
    ])
  })

  test('a NAT gateway in a subnet that leaves by itself is none', () => {
    const loop = leavingBy({ kind: 'nat-gateway', id: 'nat-00000000000000001' })
    const vpc = {
      ...loop,
      natGateways: loop.natGateways.map((one) => ({ ...one, subnet: loop.subnets[2]!.id })),
    }
    expect(way(vpc, node).at(-1)).toBe('nat/nat-00000000000000001')
  })

  test('where nobody read the routes or the public address, what the internet said stands', () => {
    const unread = { ...tutorialVpc, interfaces: [], routeTables: [] }
    expect(way(unread, node, '203.0.113.99')).toEqual([
      `${vpcId} ${node}`,
      'igw/igw-00000000000000001 203.0.113.99',
      'internet',
    ])
    expect(way(unread, node)).toEqual([`${vpcId} ${node}`, 'igw/igw-00000000000000001', 'internet'])
  })
})
