import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type Spoken, type TestLab } from './lab.ts'

/**
 * Statements can be made to fail. Each row changes one thing in a lab that is up, through the doors that a real
 * cluster has (a privileged pod, the EC2 API), looks at what verify says, and puts it back. Needs namespaces and kubectl.
 */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=refuted'])
})
afterAll(async () => {
  await lab.down()
})

const snat =
  '-t nat -A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT'

interface Row {
  readonly changed: string
  readonly break: () => Promise<Spoken>
  readonly heal: () => Promise<Spoken>
  /** Statements that must be among those that fail. */
  readonly refutes: readonly string[]
  /** Where one of the failed statements or findings points: the beginning of a stack's id. */
  readonly at: () => string
}

const node = (n: number): string => `node/${lab.nodes[n - 1] ?? ''}`
const pod = (n: number): string => `pod/default/${lab.pods[n - 1] ?? ''}`
const cloud =
  (...args: readonly string[]) =>
  async (): Promise<Spoken> => ({ status: 0, output: JSON.stringify(await lab.aws(...args)) })

const rows: readonly Row[] = [
  {
    changed: 'the /32 route of pod 3 is deleted on its node',
    break: () => lab.onNode(3, 'ip route save 192.168.3.143 >/tmp/route; ip route del 192.168.3.143'),
    heal: () => lab.onNode(3, 'ip route restore </tmp/route'),
    refutes: ['pod-to-pod.7'],
    at: () => node(3),
  },
  {
    changed: 'AWS-SNAT-CHAIN-1 is empty on node 1',
    break: () => lab.onNode(1, 'iptables -t nat -F AWS-SNAT-CHAIN-1'),
    heal: () => lab.onNode(1, `iptables ${snat} --to-source 192.168.1.138 --random-fully`),
    refutes: ['pod-to-internet.4', 'pod-to-internet.4a'],
    at: () => node(1),
  },
  {
    changed: 'the SNAT rule of node 1 names another address',
    break: () =>
      lab.onNode(
        1,
        `iptables -t nat -F AWS-SNAT-CHAIN-1; iptables ${snat} --to-source 192.168.1.77 --random-fully`,
      ),
    heal: () =>
      lab.onNode(
        1,
        `iptables -t nat -F AWS-SNAT-CHAIN-1; iptables ${snat} --to-source 192.168.1.138 --random-fully`,
      ),
    refutes: ['pod-to-internet.4a'],
    at: () => node(1),
  },
  {
    changed: 'pod 1 has no neighbour 169.254.1.1',
    break: () =>
      lab.inPodNetwork(
        1,
        "ip neigh show 169.254.1.1 | awk '{print $5}' >/tmp/lladdr; ip neigh del 169.254.1.1 dev eth0",
      ),
    heal: () =>
      lab.inPodNetwork(1, 'ip neigh replace 169.254.1.1 lladdr $(cat /tmp/lladdr) dev eth0 nud permanent'),
    refutes: ['pod-to-pod.4a'],
    at: () => pod(1),
  },
  {
    changed: 'the VPC’s public route table sends the internet nowhere',
    break: () =>
      cloud(
        'ec2',
        ...['delete-route', '--destination-cidr-block', '0.0.0.0/0', '--route-table-id'],
        publicTable(),
      )(),
    heal: () =>
      cloud(
        ...['ec2', 'create-route', '--destination-cidr-block', '0.0.0.0/0', '--route-table-id'],
        publicTable(),
        ...['--gateway-id', gatewayId],
      )(),
    refutes: ['public-address.1', 'public-address.2'],
    at: () => 'vpc/',
  },
]

let tableId = ''
let gatewayId = ''
const publicTable = (): string => tableId

interface RouteTables {
  readonly RouteTables: readonly {
    readonly RouteTableId: string
    readonly Routes: readonly { readonly GatewayId?: string; readonly DestinationCidrBlock: string }[]
  }[]
}

beforeAll(async () => {
  const tables = (await lab.aws('ec2', 'describe-route-tables')) as RouteTables
  for (const table of tables.RouteTables)
    for (const route of table.Routes)
      if (route.DestinationCidrBlock === '0.0.0.0/0') {
        tableId = table.RouteTableId
        gatewayId = route.GatewayId ?? ''
      }
})

describe('verify refutes', () => {
  test.each(rows.map((row) => ({ ...row, statements: row.refutes.join(', ') })))(
    '$statements when $changed',
    { timeout: 40_000 },
    async (row) => {
      expect(await row.break()).toMatchObject({ status: 0 })
      try {
        const { ended, result } = await lab.verify()
        const failed = result.experiments.flatMap((one) => one.checks).filter((one) => one.state === 'failed')
        expect(failed.map((one) => one.id)).toEqual(expect.arrayContaining([...row.refutes]))
        expect(ended.status).toBe(1)
        const places = [...failed, ...result.findings].map((one) => one.at ?? '')
        expect(
          places.some((place) => place.startsWith(row.at())),
          places.join(' '),
        ).toBe(true)
      } finally {
        expect(await row.heal()).toMatchObject({ status: 0 })
      }
    },
  )

  test('nothing any more when all is put back', async () => {
    const { ended, result } = await lab.verify()
    expect(result.findings).toEqual([])
    expect(ended.status).toBe(0)
  })
})
