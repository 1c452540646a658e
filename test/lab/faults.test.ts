import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../src/model/result/finding.ts'
import type { RunResult } from '../../src/model/result/result.ts'
import { labUp, type Spoken, type TestLab } from './lab.ts'

/**
 * Faults that a person puts in by hand are named: with the line, and with the node, pod or VPC that it stands on. Each
 * row changes one thing in one lab, traces a flow that it hurts, and puts it back. Needs namespaces and kubectl.
 */

let lab: TestLab
/** A pod on a secondary ENI of node 1, with its address: CoreDNS. */
let second = { name: '', address: '' }

interface Item {
  readonly metadata: { readonly name: string }
  readonly status: { readonly podIP: string }
  readonly spec: { readonly nodeName: string }
}

interface Cloud {
  readonly groups: readonly string[]
  readonly acl: string
  readonly routeTable: string
  readonly gateway: string
}
let cloud: Cloud

beforeAll(async () => {
  lab = await labUp(['--name=faults'])
  const list = JSON.parse(
    await lab.kubectl('get', 'pods', '-n', 'kube-system', '-l', 'k8s-app=kube-dns', '-o', 'json'),
  ) as { readonly items: readonly Item[] }
  const found = list.items.find((item) => item.spec.nodeName === lab.nodes[0])
  if (!found) throw new Error('no CoreDNS pod on node 1')
  second = { name: `kube-system/${found.metadata.name}`, address: found.status.podIP }
  await lab.kubectl('create', 'service', 'clusterip', 'nobody', '--tcp=80:80')
  cloud = await describeCloud()
  await Promise.all([1, 3].map((n) => lab.onNode(n, 'true')))
}, 400_000)
afterAll(async () => {
  await lab.down()
})

async function describeCloud(): Promise<Cloud> {
  const answers: unknown[] = []
  for (const call of ['describe-network-interfaces', 'describe-network-acls', 'describe-route-tables'])
    answers.push(await lab.aws('ec2', call))
  const [enis, acls, tables] = answers as [
    {
      NetworkInterfaces: {
        PrivateIpAddresses: { PrivateIpAddress: string }[]
        Groups: { GroupId: string }[]
      }[]
    },
    { NetworkAcls: { NetworkAclId: string }[] },
    {
      RouteTables: { RouteTableId: string; Routes: { GatewayId?: string; DestinationCidrBlock?: string }[] }[]
    },
  ]
  const eni = enis.NetworkInterfaces.find(({ PrivateIpAddresses }) =>
    PrivateIpAddresses.some((one) => one.PrivateIpAddress === address(3)),
  )
  const out = tables.RouteTables.flatMap(({ RouteTableId, Routes }) =>
    Routes.filter((route) => route.DestinationCidrBlock === '0.0.0.0/0').map(({ GatewayId }) => ({
      table: RouteTableId,
      gateway: GatewayId ?? '',
    })),
  )[0]
  return {
    groups: eni?.Groups.map((group) => group.GroupId) ?? [],
    acl: acls.NetworkAcls[0]?.NetworkAclId ?? '',
    routeTable: out?.table ?? '',
    gateway: out?.gateway ?? '',
  }
}

const node = (n: number): string => `node/${lab.nodes[n - 1] ?? ''}`
const pod = (n: number): string => `pod/default/${lab.pods[n - 1] ?? ''}`
const address = (n: number): string => lab.addresses[n - 1] ?? ''
const aws = async (...args: readonly string[]): Promise<Spoken> => ({
  status: 0,
  output: JSON.stringify(await lab.aws('ec2', ...args)),
})

interface Row {
  readonly fault: string
  readonly break: () => Promise<Spoken>
  readonly heal: () => Promise<Spoken>
  /** By default from pod 1 to pod 3. */
  readonly flow?: () => readonly string[]
  readonly code: string
  readonly at: () => string | RegExp
  readonly by: () => string | RegExp | null
  /** A counter that rose meanwhile and stands as evidence. */
  readonly counter?: RegExp
}

const everything = '--protocol=-1 --port -1 --cidr 0.0.0.0/0'.split(' ')

const rows: readonly Row[] = [
  {
    fault: 'iptables -I FORWARD 1 -s POD -j DROP',
    break: () => lab.onNode(1, `iptables -I FORWARD 1 -s ${address(1)} -j DROP`),
    heal: () => lab.onNode(1, 'iptables -D FORWARD 1'),
    at: () => node(1),
    by: () => `-A FORWARD -s ${address(1)}/32 -j DROP`,
    counter: /^-A FORWARD .* -j DROP$/,
    code: 'IPTABLES_RULE_FOREIGN',
  },
  {
    fault: 'iptables -I FORWARD 1 -d POD -j REJECT on the far node',
    break: () => lab.onNode(3, `iptables -I FORWARD 1 -d ${address(3)} -j REJECT`),
    heal: () => lab.onNode(3, 'iptables -D FORWARD 1'),
    at: () => node(3),
    by: () => `-A FORWARD -d ${address(3)}/32 -j REJECT --reject-with icmp-port-unreachable`,
    code: 'IPTABLES_RULE_FOREIGN',
    counter: /-j REJECT/,
  },
  {
    fault: 'a DROP in raw PREROUTING of the far node',
    break: () => lab.onNode(3, `iptables -t raw -A PREROUTING -s ${address(1)} -j DROP`),
    heal: () => lab.onNode(3, 'iptables -t raw -F PREROUTING'),
    at: () => node(3),
    by: () => `-A PREROUTING -s ${address(1)}/32 -j DROP`,
    counter: /^-A PREROUTING .* -j DROP$/,
    code: 'IPTABLES_RULE_FOREIGN',
  },
  {
    fault: 'a DROP in OUTPUT of the pod itself',
    break: () => lab.inPodNetwork(1, `iptables -A OUTPUT -d ${address(3)} -j DROP`),
    heal: () => lab.inPodNetwork(1, 'iptables -F OUTPUT'),
    at: () => pod(1),
    by: () => `-A OUTPUT -d ${address(3)}/32 -j DROP`,
    counter: /^-A OUTPUT .* -j DROP$/,
    code: 'FILTER_RULE_DROPS',
  },
  {
    fault: 'ip rule … prohibit',
    break: () => lab.onNode(1, `ip rule add pref 600 to ${address(3)} prohibit`),
    heal: () => lab.onNode(1, 'ip rule del pref 600'),
    at: () => node(1),
    by: () => `600: from all to ${address(3)} prohibit`,
    code: 'RULE_FOREIGN',
  },
  {
    fault: 'a blackhole route',
    break: () => lab.onNode(1, `ip route add blackhole ${address(3)}`),
    heal: () => lab.onNode(1, `ip route del blackhole ${address(3)}`),
    at: () => node(1),
    by: () => new RegExp(`^blackhole ${address(3)}`),
    code: 'ROUTE_FOREIGN',
  },
  {
    fault: 'an unreachable route on the far node, to the sender',
    break: () => lab.onNode(3, `ip route add unreachable ${address(1)}`),
    heal: () => lab.onNode(3, `ip route del unreachable ${address(1)}`),
    // The request is lost already, at rp_filter: without a way back its source is none that is let in, even where it is loose.
    at: () => node(3),
    by: () => new RegExp(`^unreachable ${address(1)}`),
    code: 'ROUTE_FOREIGN',
  },
  {
    fault: 'net.ipv4.ip_forward=0',
    break: () => lab.onNode(1, 'sysctl -w net.ipv4.ip_forward=0'),
    heal: () => lab.onNode(1, 'sysctl -w net.ipv4.ip_forward=1'),
    at: () => node(1),
    by: () => 'net.ipv4.ip_forward = 0',
    code: 'IP_FORWARD_OFF',
  },
  {
    fault: 'rp_filter=1 on eth0, for a pod on eth1 that talks to the internet',
    break: () => lab.onNode(1, 'sysctl -w net.ipv4.conf.eth0.rp_filter=1'),
    heal: () => lab.onNode(1, 'sysctl -w net.ipv4.conf.eth0.rp_filter=2'),
    flow: () => [second.name, 'www.google.com'],
    code: 'RP_FILTER_STRICT',
    at: () => node(1),
    by: () => /^net\.ipv4\.conf\.(eth0|all)\.rp_filter = 1$/,
    counter: /^TcpExtIPReversePathFilter$/,
  },
  {
    fault: 'the pod’s /32 route is deleted on its node',
    break: () => lab.onNode(3, `ip route save ${address(3)} >/tmp/route; ip route del ${address(3)}`),
    heal: () => lab.onNode(3, 'ip route restore </tmp/route'),
    // By its default route the node sends it back into the VPC, where it ends; what is named is what is missing.
    code: 'POD_ROUTE_MISSING',
    at: () => node(3),
    by: () => null,
  },
  {
    fault: 'the pod’s default route is deleted',
    break: () => lab.inPodNetwork(1, 'ip route del default'),
    heal: () => lab.inPodNetwork(1, 'ip route add default via 169.254.1.1 dev eth0'),
    code: 'DEFAULT_ROUTE_MISSING',
    at: () => pod(1),
    by: () => null,
  },
  {
    fault: 'a ping to a service',
    break: () => Promise.resolve({ status: 0, output: '' }),
    heal: () => Promise.resolve({ status: 0, output: '' }),
    flow: () => [lab.pods[0] ?? '', 'svc/kube-system/kube-dns', '--protocol', 'icmp'],
    code: 'SERVICE_PORT_MISSING',
    at: () => node(1),
    by: () => /^service kube-system\/kube-dns: /,
  },
  {
    fault: 'a wrong static neighbour in the pod',
    break: () =>
      lab.inPodNetwork(
        1,
        "ip neigh show 169.254.1.1 | awk '{print $5}' >/tmp/mac; ip neigh replace 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent",
      ),
    heal: () =>
      lab.inPodNetwork(1, 'ip neigh replace 169.254.1.1 lladdr $(cat /tmp/mac) dev eth0 nud permanent'),
    at: () => pod(1),
    by: () => '169.254.1.1 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT',
    code: 'GATEWAY_NEIGHBOUR_WRONG',
  },
  {
    fault: 'the node’s end of the pod’s veth is down',
    break: () =>
      lab.onNode(
        3,
        `ip -o route get ${address(3)} | sed 's/.* dev \\([^ ]*\\).*/\\1/' >/tmp/veth; ip link set $(cat /tmp/veth) down`,
      ),
    heal: () =>
      lab.onNode(
        3,
        `ip link set $(cat /tmp/veth) up; ip route replace ${address(3)} dev $(cat /tmp/veth) scope link`,
      ),
    // The kernel takes the route away with its device.
    code: 'POD_LINK_DOWN',
    at: () => node(3),
    by: () => /^\d+: eni/,
  },
  {
    fault: 'rule 1024 is deleted, for a pod on eth1 that talks to the internet',
    break: () => lab.onNode(1, 'ip rule del pref 1024'),
    heal: () => lab.onNode(1, 'ip rule add pref 1024 fwmark 0x80/0x80 lookup main'),
    flow: () => [second.name, 'www.google.com'],
    // AWS drops it in the VPC, for a source that the ENI has not; what is named is what is missing.
    code: 'MARK_RULE_MISSING',
    at: () => node(1),
    by: () => null,
  },
  {
    fault: 'rule 1536 is deleted, for a pod on eth1',
    break: () => lab.onNode(1, 'ip rule del pref 1536'),
    heal: () => lab.onNode(1, `ip rule add pref 1536 from ${second.address} lookup 2`),
    flow: () => [second.name, address(3)],
    code: 'SOURCE_RULE_MISSING',
    at: () => node(1),
    by: () => null,
  },
  {
    fault: 'the SNAT rule is missing',
    break: () => lab.onNode(1, 'iptables-save -t nat >/tmp/nat; iptables -t nat -F AWS-SNAT-CHAIN-1'),
    heal: () => lab.onNode(1, 'iptables-restore -T nat </tmp/nat'),
    flow: () => [lab.pods[0] ?? '', 'www.google.com'],
    code: 'SNAT_MISSING',
    at: () => node(1),
    by: () => null,
  },
  {
    fault: 'a network ACL denies',
    break: () =>
      aws(
        ...['create-network-acl-entry', '--network-acl-id', cloud.acl, '--rule-number', '50', '--ingress'],
        ...['--protocol=-1', '--rule-action', 'deny', '--cidr-block', `${address(1)}/32`],
      ),
    heal: () =>
      aws('delete-network-acl-entry', '--network-acl-id', cloud.acl, '--rule-number', '50', '--ingress'),
    at: () => /^vpc\//,
    by: () => new RegExp(`ingress 50 deny all from ${address(1)}/32`),
    code: 'NETWORK_ACL_DENIES',
  },
  {
    fault: 'the VPC’s default route is removed',
    break: () =>
      aws('delete-route', '--route-table-id', cloud.routeTable, '--destination-cidr-block', '0.0.0.0/0'),
    heal: () =>
      aws(
        ...['create-route', '--route-table-id', cloud.routeTable, '--destination-cidr-block', '0.0.0.0/0'],
        ...['--gateway-id', cloud.gateway],
      ),
    flow: () => [lab.pods[0] ?? '', 'www.google.com', '--protocol', 'icmp'],
    at: () => /^vpc\//,
    by: () => null,
    code: 'VPC_ROUTE_MISSING',
  },
  {
    fault: 'a service without endpoints',
    break: () => Promise.resolve({ status: 0, output: '' }),
    heal: () => Promise.resolve({ status: 0, output: '' }),
    flow: () => [lab.pods[0] ?? '', 'svc/nobody:80', '--protocol', 'tcp'],
    at: () => node(1),
    by: () => 'service default/nobody',
    code: 'SERVICE_WITHOUT_ENDPOINTS',
  },
]

const trace = (words: readonly string[]) => lab.ask('trace', ...words, '--timeout', '1')

const told = (result: RunResult): string =>
  JSON.stringify(
    {
      findings: result.findings,
      predicted: result.traces[0]?.predicted?.verdict,
      stoppedAt: result.traces[0]?.predicted?.stoppedAt,
      observed: result.traces[0]?.observed?.verdict,
      observedAt: result.traces[0]?.observed?.stoppedAt,
      probe: result.traces[0]?.probe,
    },
    null,
    1,
  )

describe('a fault is named with its line and its place', () => {
  test.each(rows)('$fault', { timeout: 240_000 }, async (row) => {
    expect(await row.break()).toMatchObject({ status: 0 })
    try {
      const { ended, result } = await trace(row.flow?.() ?? [lab.pods[0] ?? '', address(3)])
      const [finding]: readonly Finding[] = result.findings
      expect(finding?.code, told(result)).toBe(row.code)
      expect(finding?.at, told(result)).toEqual(
        row.at() instanceof RegExp ? expect.stringMatching(row.at()) : row.at(),
      )
      const by = row.by()
      expect(finding?.by, told(result)).toEqual(by instanceof RegExp ? expect.stringMatching(by) : by)
      if (row.counter) {
        const lines = finding?.evidence.flatMap((one) => (one.kind === 'counter' ? [one.line] : []))
        expect(lines, told(result)).toEqual(expect.arrayContaining([expect.stringMatching(row.counter)]))
      }
      expect(ended.status).toBe(1)
    } finally {
      expect(await row.heal()).toMatchObject({ status: 0 })
    }
  })

  test(
    'a revoked security-group rule: no rule allows it, and the VPC is the place',
    { timeout: 240_000 },
    async () => {
      const [group = ''] = cloud.groups
      const { SecurityGroupRules: rules } = (await lab.aws(
        ...['ec2', 'describe-security-group-rules', '--filters', `Name=group-id,Values=${group}`],
      )) as { SecurityGroupRules: { SecurityGroupRuleId: string; IsEgress: boolean }[] }
      const ids = rules.filter((rule) => !rule.IsEgress).map((rule) => rule.SecurityGroupRuleId)
      await aws('revoke-security-group-ingress', '--group-id', group, '--security-group-rule-ids', ...ids)
      try {
        const { result } = await trace([lab.pods[0] ?? '', address(3)])
        expect(result.findings[0], told(result)).toMatchObject({
          code: 'SECURITY_GROUP_CLOSED',
          at: expect.stringMatching(/^vpc\//) as string,
          by: expect.stringContaining('no ingress rule allows icmp') as string,
        })
      } finally {
        await aws('authorize-security-group-ingress', '--group-id', group, ...everything)
      }
    },
  )

  test(
    'what podpath does not read: lost between two sightings, against the prediction, and the bundle is kept',
    {
      timeout: 240_000,
    },
    async () => {
      const block = `ip xfrm policy add dir fwd src ${address(1)} dst ${address(3)} action block`
      expect(await lab.onNode(3, block)).toMatchObject({ status: 0 })
      try {
        const { result } = await trace([lab.pods[0] ?? '', address(3)])
        expect(result.findings[0], told(result)).toMatchObject({ code: 'LOST_AGAINST_PREDICTION' })
        expect(result.bundle).toBeDefined()
      } finally {
        await lab.onNode(3, 'ip xfrm policy flush')
      }
    },
  )

  test('and nothing when all is put back', { timeout: 240_000 }, async () => {
    const { ended, result } = await trace([lab.pods[0] ?? '', address(3)])
    expect(result.findings, told(result)).toEqual([])
    expect(ended.status).toBe(0)
  })
})
