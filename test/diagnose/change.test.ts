import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChangeResult, PairChanges } from '../../src/model/result/change.ts'
import { labUp, type TestLab } from '../lab/lab.ts'

/**
 * What `podpath change` predicts is what comes of it: predicted from a snapshot, then really done on the lab, then seen between two
 * snapshots and by pings. Needs namespaces, kubectl and aws.
 */

let lab: TestLab
let directory: string
beforeAll(async () => {
  lab = await labUp(['--name=dc'])
  directory = join(lab.where.runtime, 'change')
  mkdirSync(directory)
  await snapshot('before')
}, 240_000)
afterAll(async () => {
  await lab.down()
})

const at = (name: string): string => join(directory, name)

async function snapshot(name: string): Promise<void> {
  rmSync(at(name), { recursive: true, force: true })
  const { status, stderr } = await lab.podpath('snapshot', '--lab=dc', '--out', at(name))
  expect(status, stderr).toBe(0)
}

async function change(...args: readonly string[]): Promise<ChangeResult> {
  const { status, stdout, stderr } = await lab.podpath('change', ...args, '--json')
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as ChangeResult
}

const kinds = ['opens', 'closes', 'moves', 'readdresses', 'undecided'] as const

/** `closes default/a → default/b icmp`: without the lines that say why, which two snapshots may see in another order. */
const pairsOf = (result: PairChanges): readonly string[] =>
  kinds
    .flatMap((kind) =>
      result[kind].flatMap(({ pairs }) =>
        pairs.map(
          ({ from, to, protocol, port, sourceAfter }) =>
            `${kind} ${from} → ${to} ${protocol} ${port ?? ''}${kind === 'readdresses' ? ` as ${sourceAfter}` : ''}`,
        ),
      ),
    )
    .toSorted()

async function kubectlApply(object: object): Promise<void> {
  writeFileSync(at('object.yaml'), JSON.stringify(object))
  await lab.apply(object)
}

async function onNode(n: number, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const { status, output } = await lab.onNode(n, line)
    expect({ line, status, output }).toMatchObject({ status: 0 })
  }
}

interface Row {
  readonly name: string
  /** The words of `podpath change`. */
  readonly words: () => Promise<readonly string[]> | readonly string[]
  readonly really: () => Promise<unknown>
  readonly undo: () => Promise<unknown>
  /** How many pairs at least it does something to. */
  readonly least: number
}

/** A command that is typed on a node. */
const typed = (name: string, n: number, command: () => string, undo: () => string, least: number): Row => ({
  name,
  words: () => ['--run', command(), '--on', lab.nodes[n - 1] ?? ''],
  really: () => onNode(n, command()),
  undo: () => onNode(n, undo()),
  least,
})

const policy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all', namespace: 'default' },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
}
const service = (selector: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'changed', namespace: 'default' },
  spec: { selector, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
})

interface Group {
  readonly GroupId: string
  readonly GroupName: string
}
const clusterGroup = async (): Promise<string> => {
  const answer = (await lab.aws('ec2', 'describe-security-groups')) as {
    readonly SecurityGroups: readonly Group[]
  }
  return answer.SecurityGroups.find(({ GroupName }) => GroupName.startsWith('eks-cluster'))?.GroupId ?? ''
}

interface Table {
  readonly RouteTableId: string
  readonly Routes: readonly { readonly GatewayId?: string; readonly DestinationCidrBlock?: string }[]
}
const internetRoute = async (): Promise<{ readonly table: string; readonly gateway: string }> => {
  const answer = (await lab.aws('ec2', 'describe-route-tables')) as { readonly RouteTables: readonly Table[] }
  const table = answer.RouteTables.find(({ Routes }) =>
    Routes.some(({ GatewayId }) => GatewayId?.startsWith('igw-')),
  )
  return {
    table: table?.RouteTableId ?? '',
    gateway: table?.Routes.find(({ GatewayId }) => GatewayId?.startsWith('igw-'))?.GatewayId ?? '',
  }
}

interface Acl {
  readonly NetworkAclId: string
}
const anAcl = async (): Promise<string> => {
  const answer = (await lab.aws('ec2', 'describe-network-acls')) as { readonly NetworkAcls: readonly Acl[] }
  return answer.NetworkAcls[0]?.NetworkAclId ?? ''
}

/** A command of aws, and the one that takes it back. */
const aws = (
  name: string,
  command: () => Promise<string>,
  undo: () => Promise<string>,
  least: number,
): Row => {
  let back = ''
  const words = (text: string): readonly string[] => text.split(' ')
  return {
    name,
    words: async () => ['--aws', await command()],
    really: async () => {
      back = await undo()
      await lab.aws('ec2', ...words(await command()))
    },
    undo: () => lab.aws('ec2', ...words(back)),
    least,
  }
}

const rows: readonly Row[] = [
  typed(
    'a rule that drops',
    1,
    () => `iptables -I FORWARD -p icmp -d ${lab.addresses[1] ?? ''} -j DROP`,
    () => `iptables -D FORWARD -p icmp -d ${lab.addresses[1] ?? ''} -j DROP`,
    2,
  ),
  typed(
    'forwarding off',
    2,
    () => 'sysctl -w net.ipv4.ip_forward=0',
    () => 'sysctl -w net.ipv4.ip_forward=1',
    4,
  ),
  typed(
    'a rule that prohibits',
    1,
    () => `ip rule add pref 100 from ${lab.addresses[0] ?? ''} prohibit`,
    () => 'ip rule del pref 100',
    3,
  ),
  typed(
    'a blackhole',
    3,
    () => `ip route add blackhole ${lab.addresses[0] ?? ''}/32 metric 5`,
    () => `ip route del blackhole ${lab.addresses[0] ?? ''}/32 metric 5`,
    1,
  ),
  typed(
    'source NAT of another kind',
    1,
    () =>
      `iptables -t nat -I POSTROUTING -s ${lab.addresses[0] ?? ''} -d ${lab.addresses[1] ?? ''} -j MASQUERADE`,
    () =>
      `iptables -t nat -D POSTROUTING -s ${lab.addresses[0] ?? ''} -d ${lab.addresses[1] ?? ''} -j MASQUERADE`,
    1,
  ),
  {
    name: 'a security group without its own',
    words: async () => {
      const group = await clusterGroup()
      return [
        '--aws',
        `revoke-security-group-ingress --group-id ${group} --protocol all --source-group ${group}`,
      ]
    },
    really: async () => {
      const group = await clusterGroup()
      await lab.aws(
        'ec2',
        'revoke-security-group-ingress',
        '--group-id',
        group,
        '--protocol',
        'all',
        '--source-group',
        group,
      )
    },
    undo: async () => {
      const group = await clusterGroup()
      await lab.aws(
        'ec2',
        'authorize-security-group-ingress',
        '--group-id',
        group,
        '--protocol',
        'all',
        '--source-group',
        group,
      )
    },
    least: 6,
  },
  aws(
    'no way to the internet',
    async () =>
      `delete-route --route-table-id ${(await internetRoute()).table} --destination-cidr-block 0.0.0.0/0`,
    async () => {
      const { table, gateway } = await internetRoute()
      return `create-route --route-table-id ${table} --destination-cidr-block 0.0.0.0/0 --gateway-id ${gateway}`
    },
    3,
  ),
  aws(
    'a network ACL that denies ICMP',
    async () =>
      `create-network-acl-entry --network-acl-id ${await anAcl()} --ingress --rule-number 50 --protocol icmp --icmp-type-code Type=-1,Code=-1 --rule-action deny --cidr-block 192.168.0.0/16`,
    async () => `delete-network-acl-entry --network-acl-id ${await anAcl()} --ingress --rule-number 50`,
    2,
  ),
  {
    name: 'source NAT left to others',
    words: () => ['--set-env', 'daemonset/aws-node', 'AWS_VPC_K8S_CNI_EXTERNALSNAT=true'],
    really: () => lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=true'),
    undo: () => lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=false'),
    least: 3,
  },
  {
    name: 'no source NAT towards a prefix',
    words: () => ['--set-env', 'ds/aws-node', 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=198.51.100.0/24'],
    really: () => lab.awsNodeWith('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=198.51.100.0/24'),
    undo: () => lab.awsNodeWith('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS-'),
    least: 3,
  },
  {
    name: 'a policy that nobody enforces',
    words: () => {
      writeFileSync(at('policy.yaml'), JSON.stringify(policy))
      return ['--apply', at('policy.yaml')]
    },
    really: () => kubectlApply(policy),
    undo: () => lab.kubectl('delete', 'networkpolicy', 'deny-all'),
    least: 0,
  },
]

const isTutorialPod = (name: string): boolean => lab.pods.includes(name.replace(/^default\//, ''))

/** Pings two pairs of the tutorial's pods: whatever the prediction says of them. */
async function ping(result: ChangeResult, kind: 'closes' | 'opens'): Promise<void> {
  const pairs = result[kind].flatMap((group) => group.pairs)
  const some = pairs.filter(
    ({ from, to, protocol }) => protocol === 'icmp' && isTutorialPod(from) && isTutorialPod(to),
  )
  for (const { from, to } of some.slice(0, 2)) {
    const n = lab.pods.indexOf(from.replace(/^default\//, '')) + 1
    const address = lab.addresses[lab.pods.indexOf(to.replace(/^default\//, ''))] ?? ''
    const { status } = await lab.inPod(n, `ping -c 2 -i 0.2 -W 1 ${address}`)
    expect({ from, to, reached: status === 0 }).toEqual({ from, to, reached: kind === 'opens' })
  }
}

describe.each(rows)('$name', ({ words, really, undo, least }) => {
  test('is predicted as it comes', async () => {
    const predicted = await change('--bundle', at('before'), ...(await words()))
    expect(pairsOf(predicted).length).toBeGreaterThanOrEqual(least)
    await really()
    try {
      await ping(predicted, 'closes')
      await snapshot('after')
    } finally {
      await undo()
    }
    const seen = await change('--before', at('before'), '--after', at('after'))
    expect(pairsOf(predicted)).toEqual(pairsOf(seen))
    const back = await change('--before', at('after'), '--after', at('before'))
    expect(back.opens.length).toBe(seen.closes.length === 0 ? 0 : back.opens.length)
    await ping(back, 'opens')
  }, 120_000)
})

describe('a service', () => {
  test('that is new, and one whose selector finds nobody, are predicted as they come', async () => {
    const selecting = service({ app: 'netshoot-pod' })
    writeFileSync(at('service.yaml'), JSON.stringify(selecting))
    const predicted = await change('--bundle', at('before'), '--apply', at('service.yaml'))
    await lab.apply(selecting)
    try {
      await expect
        .poll(async () => (await lab.onNode(1, 'iptables-save -t nat')).output)
        .toContain('default/changed')
      await snapshot('with')
      const seen = await change('--before', at('before'), '--after', at('with'))
      // The service is nobody's before, so that two snapshots have no such pair before it.
      expect(seen.onlyAfter).toEqual(['svc/default/changed:80'])
      expect(
        predicted.opens.flatMap(({ pairs }) => pairs).every(({ to }) => to === 'svc/default/changed:80'),
      ).toBe(true)
      expect(predicted.opens.length).toBeGreaterThan(0)

      const empty = service({ app: 'nobody' })
      writeFileSync(at('service.yaml'), JSON.stringify(empty))
      const closing = await change('--bundle', at('with'), '--apply', at('service.yaml'))
      await lab.apply(empty)
      await expect
        .poll(async () => (await lab.onNode(1, 'iptables-save')).output)
        .toContain('has no endpoints')
      await snapshot('without')
      const closed = await change('--before', at('with'), '--after', at('without'))
      expect(pairsOf(closing)).toEqual(pairsOf(closed))
      expect(closing.closes.length).toBeGreaterThan(0)
    } finally {
      await lab.kubectl('delete', 'service', 'changed')
    }
  }, 120_000)
})

describe('the cure of a cause', () => {
  test('opens what the cause has closed', async () => {
    await onNode(1, `iptables -I FORWARD -d ${lab.addresses[1] ?? ''} -j DROP`)
    try {
      await snapshot('broken')
    } finally {
      await onNode(1, `iptables -D FORWARD -d ${lab.addresses[1] ?? ''} -j DROP`)
    }
    const cured = await change('--bundle', at('broken'), '--cure', 'IPTABLES_RULE_FOREIGN')
    const mended = await change('--before', at('broken'), '--after', at('before'))
    expect(pairsOf(cured)).toEqual(pairsOf(mended))
    expect(cured.opens.length).toBeGreaterThan(0)
  }, 120_000)
})

describe('a table of who may reach whom', () => {
  test('is held against the state after the change', async () => {
    const [one = '', two = ''] = lab.pods
    writeFileSync(
      at('reach.yaml'),
      [
        'version: 1',
        'expect:',
        `  - {from: ${one}, to: [${two}, "svc/kube-system/kube-dns:53/udp"], reach: true}`,
        `  - {from: {namespace: kube-system}, to: ${one}, reach: true}`,
      ].join('\n'),
    )
    const words = ['--bundle', at('before'), '--expect', at('reach.yaml'), '--json']
    const fine = await lab.podpath('change', ...words)
    expect(fine.status, fine.stderr).toBe(0)
    const broken = await lab.podpath(
      'change',
      ...words,
      '--run',
      `iptables -I FORWARD -d ${lab.addresses[1] ?? ''} -j DROP`,
      '--on',
      lab.nodes[0] ?? '',
    )
    expect(broken.status, broken.stderr).toBe(1)
    const { expectations, verdict } = JSON.parse(broken.stdout) as ChangeResult
    expect(verdict).toBe('disagrees')
    expect(expectations.map(({ state }) => state)).toEqual(['broken', 'holds', 'holds'])
  })
})
