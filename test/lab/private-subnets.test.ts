import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, type TestLab } from './lab.ts'

/** Nodes without public addresses, behind a NAT gateway. Needs namespaces, kubectl and aws. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=private', '--subnets=private'])
}, 120_000)
afterAll(async () => {
  await lab.down()
})

async function verified(): Promise<RunResult> {
  const { ended, result } = await lab.ask('verify')
  expect(ended.status, ended.stdout + ended.stderr).toBe(0)
  return result
}

const kinds = (hops: readonly { readonly stack: string }[] | undefined): string =>
  (hops ?? []).map(({ stack }) => stack.split('/')[0]).join(' ')

interface NatGateways {
  readonly NatGateways: readonly {
    readonly NatGatewayId: string
    readonly NatGatewayAddresses: readonly { readonly PublicIp: string; readonly PrivateIp: string }[]
  }[]
}

const natGateway = async () => {
  const [one] = ((await lab.aws('ec2', 'describe-nat-gateways')) as NatGateways).NatGateways
  return one!
}

test('no node has a public address, and EC2 tells of the gateway and its interface', async () => {
  const nodes = await lab.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[*].type}')
  expect(nodes).not.toContain('ExternalIP')
  const { NatGatewayId, NatGatewayAddresses } = await natGateway()
  const filter = 'Name=interface-type,Values=nat_gateway'
  expect(await lab.aws('ec2', 'describe-network-interfaces', '--filters', filter)).toMatchObject({
    NetworkInterfaces: [
      {
        Description: `Interface for NAT Gateway ${NatGatewayId}`,
        RequesterManaged: true,
        SourceDestCheck: false,
        Groups: [],
        PrivateIpAddress: NatGatewayAddresses[0]?.PrivateIp,
        Association: { PublicIp: NatGatewayAddresses[0]?.PublicIp },
      },
    ],
  })
})

test.each(['icmp', 'http'])('%s to the internet goes by both gateways, there and back', async (protocol) => {
  const { PrivateIp, PublicIp } = (await natGateway()).NatGatewayAddresses[0]!
  const { verdict, traces } = await lab.agreed(
    ...['trace', lab.pods[0]!, 'www.google.com', '--protocol', protocol],
  )
  const [trace] = traces
  expect(verdict).toBe('delivered')
  for (const path of [trace?.predicted, trace?.observed]) {
    expect(kinds(path?.forward)).toBe('pod node vpc nat vpc igw internet')
    expect(kinds(path?.reply)).toBe('internet igw vpc nat vpc node pod')
  }
  expect(trace?.translations.map(({ at, from, to }) => [at.split('/')[0], from, to])).toEqual([
    ['node', lab.addresses[0], expect.stringMatching(/^192\.168\.1\./)],
    ['nat', expect.stringMatching(/^192\.168\.1\./), PrivateIp],
    ['igw', PrivateIp, PublicIp],
  ])
  expect(trace?.translations.every(({ by }) => by !== '')).toBe(true)
})

test('the internet sees pods and nodes as the NAT gateway, and the bastion as itself', async () => {
  const { PublicIp } = (await natGateway()).NatGatewayAddresses[0]!
  for (const seen of [
    await lab.inPod(1, 'curl -s ipinfo.io/ip'),
    await lab.inPod(3, 'curl -s ipinfo.io/ip'),
    await lab.onNode(2, 'curl -s ipinfo.io/ip'),
  ])
    expect(seen.output.trim()).toBe(PublicIp)
  const bastion = await lab.podpath('lab', 'shell', '--name=private', '--', 'curl', '-s', 'ipinfo.io/ip')
  expect(bastion.stdout.trim()).toMatch(/^203\.0\.113\./)
  expect(bastion.stdout.trim()).not.toBe(PublicIp)
})

test('every statement holds, and those of the gateways speak of three SNATs', async () => {
  const { experiments = [] } = await verified()
  const checks = experiments.flatMap((experiment) => experiment.checks)
  expect(checks.filter(({ state }) => state !== 'passed')).toEqual([])
  expect(checks).toHaveLength(26)
  expect(checks.find(({ id }) => id === 'pod-to-internet.6')?.statement).toContain('exactly three times')
})

describe('where aws-node leaves SNAT to the NAT gateway', () => {
  const set = (value: string): Promise<void> => lab.awsNodeWith(`AWS_VPC_K8S_CNI_EXTERNALSNAT=${value}`)
  beforeAll(() => set('true'))
  afterAll(() => set('false'))

  test('the pod’s own address reaches it, and every statement says so and holds', async () => {
    const { experiments = [], traces } = await verified()
    const checks = experiments.flatMap((experiment) => experiment.checks)
    expect(checks.filter(({ state }) => state !== 'passed')).toEqual([])
    expect(checks.find(({ id }) => id === 'pod-to-internet.6')?.statement).toMatch(
      new RegExp(`exactly twice: ${lab.addresses[0]} → 192\\.168\\.10\\.\\d+ → 203\\.`),
    )
    const out = traces.find(({ to }) => to.kind === 'host')
    expect(out?.translations.map(({ at, from }) => [at.split('/')[0], from])).toEqual([
      ['nat', lab.addresses[0]],
      ['igw', expect.stringMatching(/^192\.168\.10\./)],
    ])
  })
})

describe('without the route to the NAT gateway', () => {
  beforeAll(async () => {
    expect((await lab.podpath('lab', 'break', 'internet-route-missing', '--name=private')).status).toBe(0)
  })

  test('the packet ends in the VPC, at the table of the private subnet', async () => {
    const { ended, result } = await lab.ask('trace', lab.pods[0]!, 'www.google.com')
    const { findings, traces } = result
    expect([ended.status, traces[0]?.predicted?.verdict]).toEqual([1, 'dropped'])
    expect(findings[0]).toMatchObject({
      code: 'VPC_ROUTE_MISSING',
      evidence: expect.arrayContaining([
        expect.objectContaining({ kind: 'line', line: expect.stringMatching(/^rtb-\w+: no route matches$/) }),
      ]),
    })
  })

  test('and heals', async () => {
    expect((await lab.podpath('lab', 'heal', '--name=private')).status).toBe(0)
    expect((await lab.inPod(1, 'ping -c 1 -W 2 www.google.com')).status).toBe(0)
  })
})

test('what would be no failure here is not offered as one', async () => {
  const ended = await lab.podpath('lab', 'break', 'snat-missing', '--name=private')
  expect([ended.status, ended.stderr]).toEqual([2, expect.stringContaining('behind a NAT gateway')])
})

test('a NAT gateway whose own subnet has no way out: the packet ends behind it, and nothing goes round', async () => {
  const { NatGatewayId } = await natGateway()
  const { RouteTables } = (await lab.aws('ec2', 'describe-route-tables')) as {
    readonly RouteTables: readonly {
      readonly RouteTableId: string
      readonly Routes: readonly { readonly GatewayId?: string }[]
    }[]
  }
  const open = RouteTables.find(({ Routes }) =>
    Routes.some(({ GatewayId }) => GatewayId?.startsWith('igw-')),
  )!
  const igw = open.Routes.find(({ GatewayId }) => GatewayId?.startsWith('igw-'))!.GatewayId!
  const route = ['--route-table-id', open.RouteTableId, '--destination-cidr-block', '0.0.0.0/0']
  await lab.aws('ec2', 'replace-route', ...route, '--nat-gateway-id', NatGatewayId)
  try {
    const { findings } = (await lab.ask('trace', lab.pods[0]!, 'www.google.com')).result
    expect(findings[0]).toMatchObject({
      code: 'VPC_ROUTE_WRONG',
      by: `${open.RouteTableId}: 0.0.0.0/0 -> ${NatGatewayId} (active)`,
    })
  } finally {
    await lab.aws('ec2', 'replace-route', ...route, '--gateway-id', igw)
  }
})
