import { describe, expect, test } from 'vitest'
import { route, tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import { readRouteTables } from '../../aws/route-tables.ts'
import { ip } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { Vpc, VpcRoute } from '../../model/vpc/vpc.ts'
import { compileRoutes, lookupVpcRoute, type RouteLookup } from './route.ts'
import {
  cross,
  google,
  icmp,
  local,
  newFlow,
  node1,
  public2,
  tcp,
  told,
  withRoutes,
} from './tutorial-vpc.fixture.ts'

/*
 * https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html, and of local routes against what a virtual private
 * gateway learned https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html.
 */

const to = (destination: string, id: string, more: Partial<VpcRoute> = {}): VpcRoute => ({
  ...route('rtb-1', destination, { kind: 'other', id }),
  ...more,
})
const vpcOwn = route('rtb-1', '10.0.0.0/16', { kind: 'local' })
const at = (address: string, routes: readonly VpcRoute[]): string =>
  said(lookupVpcRoute(compileRoutes({ id: 'rtb-1', main: true, subnets: [], routes }), ip(address)))

const said = (found: RouteLookup): string =>
  found.kind === 'route' ? ('id' in found.route.target ? found.route.target.id : 'local') : found.kind

describe('which route EC2 takes', () => {
  const learned = { propagated: true }
  const listed = { prefixList: 'pl-1' }
  test.each([
    { because: 'the longest prefix', routes: [to('10.9.0.0/16', 'a'), to('10.9.1.0/24', 'b')], want: 'b' },
    {
      because: 'a static route before an entry of a prefix list',
      routes: [to('10.9.0.0/16', 'list', listed), to('10.9.0.0/16', 'static')],
      want: 'static',
    },
    {
      because: 'an entry of a prefix list before what was learned',
      routes: [to('10.9.0.0/16', 'learned', learned), to('10.9.0.0/16', 'list', listed)],
      want: 'list',
    },
    {
      because: 'a longer learned route before a static one',
      routes: [to('10.9.0.0/16', 'static'), to('10.9.1.0/24', 'learned', learned)],
      want: 'learned',
    },
    {
      because: 'the local route before a longer learned one',
      to: '10.0.8.1',
      routes: [vpcOwn, to('10.0.8.0/24', 'learned', learned)],
      want: 'local',
    },
    {
      because: 'a longer static route before the local one: a way through an appliance',
      to: '10.0.8.1',
      routes: [vpcOwn, to('10.0.8.0/24', 'static')],
      want: 'static',
    },
    {
      because: 'of a route server against the local route AWS says nothing',
      to: '10.0.8.1',
      routes: [vpcOwn, to('10.0.8.0/24', 'server', { advertised: true })],
      want: 'unknown',
    },
    {
      because: 'of two learned routes AWS lists no more than the target',
      routes: [to('10.9.0.0/16', 'a', learned), to('10.9.0.0/16', 'b', learned)],
      want: 'unknown',
    },
    {
      because: 'two learned routes that lead to one target are one',
      routes: [to('10.9.0.0/16', 'a', learned), to('10.9.0.0/16', 'a', learned)],
      want: 'a',
    },
  ])('$because', ({ to: address = '10.9.1.1', routes, want }) => {
    expect(at(address, routes)).toBe(want)
    expect(at(address, routes.toReversed())).toBe(want)
  })
})

describe('what of a route table was not read', () => {
  const good = [
    { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active', Origin: 'CreateRouteTable' },
    { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'active', Origin: 'CreateRoute' },
  ]
  const read = (routes: unknown, associations: unknown = [{ Main: false, SubnetId: 'subnet-1' }]) =>
    readRouteTables(
      {
        RouteTables: [{ RouteTableId: 'rtb-1', VpcId: 'vpc-1', Associations: associations, Routes: routes }],
      },
      [],
    )
  const lookUp = (address: string, routes: unknown): string => {
    const [table] = read(routes).seen
    return said(lookupVpcRoute(compileRoutes(table!.value), ip(address)))
  }
  const filtered = {
    DestinationCidrBlock: '10.9.0.0/16',
    NetworkInterfaceId: 'eni-1',
    State: 'filtered',
    Origin: 'Advertisement',
  }

  test.each([
    {
      because: 'a filtered route leaves what it covers open',
      bad: filtered,
      address: '10.9.1.1',
      want: 'unknown',
    },
    { because: 'and nothing else', bad: filtered, address: '198.51.100.1', want: 'igw-1' },
    { because: 'nor what a longer route covers', bad: filtered, address: '10.0.1.1', want: 'local' },
    {
      because: 'a route without a destination may be any',
      bad: { GatewayId: 'vgw-1', State: 'active' },
      address: '198.51.100.1',
      want: 'unknown',
    },
    {
      because: 'a route without a destination, to where the best one leads, changes nothing',
      bad: { GatewayId: 'igw-1', State: 'active' },
      address: '198.51.100.1',
      want: 'igw-1',
    },
    {
      because: 'a route without a target that is known',
      bad: { DestinationCidrBlock: '198.51.100.0/24', SomethingNew: 'x-1', State: 'active' },
      address: '198.51.100.1',
      want: 'unknown',
    },
    {
      because: 'a route without a state',
      bad: { DestinationCidrBlock: '198.51.100.0/24', GatewayId: 'vgw-1' },
      address: '198.51.100.1',
      want: 'unknown',
    },
    {
      because: 'an IPv6 route says nothing of IPv4',
      bad: { DestinationIpv6CidrBlock: '::/0', GatewayId: 'vgw-1' },
      address: '198.51.100.1',
      want: 'igw-1',
    },
    { because: 'what is no route at all', bad: 7, address: '198.51.100.1', want: 'unknown' },
  ])('$because', ({ bad, address, want }) => {
    expect(lookUp(address, [...good, bad])).toBe(want)
  })

  test('no list of routes: any may be there', () => {
    expect(lookUp('10.0.1.1', undefined)).toBe('unknown')
  })

  test('a route that was not read leaves its table and its associations as they are', () => {
    const { seen, gaps, kept } = read([...good, filtered])
    expect(seen[0]?.value.subnets).toEqual(['subnet-1'])
    expect(seen[0]?.value.unresolved?.map(({ line }) => line)).toEqual([
      'rtb-1: 10.9.0.0/16 -> eni-1 (filtered)',
    ])
    expect(gaps).toHaveLength(1)
    expect(kept).toBe(true)
  })

  test.each([
    { because: 'no list', associations: null },
    { because: 'no subnet in it', associations: [{ Main: false, RouteTableAssociationId: 'rtbassoc-1' }] },
    { because: 'a number', associations: [7] },
  ])('an association that was not read may be of any subnet: $because', ({ associations }) => {
    expect(read(good, associations).kept).toBe(false)
  })

  test('an association under way binds nobody can tell whom', () => {
    const { seen, kept } = read(good, [{ SubnetId: 'subnet-1', AssociationState: { State: 'associating' } }])
    expect(seen[0]?.value).toMatchObject({ subnets: [], unsettled: ['subnet-1'] })
    expect(kept).toBe(true)
  })
})

describe('the main table is that of a subnet only where all associations were read', () => {
  const packet = icmp('192.168.1.138', google)
  const without: Vpc = { ...tutorialVpc, routeTables: tutorialVpc.routeTables.filter(({ main }) => main) }
  test.each([
    { because: 'all were', vpc: without, want: 'dropped' },
    { because: 'a table was not', vpc: { ...without, missing: ['route-tables'] as const }, want: 'unknown' },
    {
      because: 'one is under way',
      vpc: {
        ...without,
        routeTables: without.routeTables.map((t) => ({ ...t, unsettled: ['subnet-0aaaaaaaaaaaaaaaa'] })),
      },
      want: 'unknown',
    },
  ])('$because', ({ vpc, want }) => {
    expect(cross(newFlow(vpc), node1, packet).kind).toBe(want)
  })
})

describe('what comes in by the internet gateway', () => {
  const request = {
    packet: tcp('198.51.100.7', '203.0.113.10', 50000, 22),
    direction: 'forward',
    record: true,
  } as const
  const gone: VpcRoute = {
    ...route('rtb-edge', '192.168.0.0/16', { kind: 'interface', id: 'eni-gone' }),
    state: 'blackhole',
  }
  const edge = (routes: readonly VpcRoute[]): Vpc => ({
    ...tutorialVpc,
    routeTables: [
      ...tutorialVpc.routeTables,
      { id: 'rtb-edge', main: false, subnets: [], gateways: ['igw-00000000000000001'], routes },
    ],
  })
  test.each([
    { because: 'its table routes by the destination', vpc: edge([local]), want: 'arrives' },
    { because: 'its table leads to something that is gone', vpc: edge([gone]), want: 'dropped' },
    {
      because: 'whether it has a table was not read',
      vpc: { ...tutorialVpc, missing: ['route-tables'] as const },
      want: 'unknown',
    },
  ])('$because', ({ vpc, want }) => {
    expect(newFlow(vpc).fromInternet(request).kind).toBe(want)
  })
})

test('the resolver stands in the primary range alone', () => {
  const vpc: Vpc = {
    ...withRoutes(public2, local),
    prefixes: [...tutorialVpc.prefixes, prefix('100.64.0.0/16')],
  }
  expect(cross(newFlow(vpc), node1, tcp('192.168.1.138', '192.168.0.2', 40000, 53)).kind).toBe('internet')
  expect(told(cross(newFlow(vpc), node1, tcp('192.168.1.138', '100.64.0.2', 40000, 53)))).toBe(
    `dropped vpc/vpc-0123456789abcdef0 vpc-route: ${public2}: no route matches`,
  )
})
