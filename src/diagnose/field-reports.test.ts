import { beforeAll, expect, test } from 'vitest'
import { runAws } from '../change/aws/run-aws.ts'
import { applyDocuments } from '../change/kubernetes/apply.ts'
import { runCommand } from '../change/typed/run-command.ts'
import { withStack, type World } from '../change/world.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { readConntrack } from '../linux/netfilter/conntrack.ts'
import { ip } from '../model/address/address.ts'
import type { Diagnosis } from '../model/diagnosis/diagnosis.ts'
import { TCP, UDP } from '../model/packet/packet.ts'
import type { Vpc } from '../model/vpc/vpc.ts'
import { cureOf } from './cures/cure-of.ts'
import { deviations } from './deviations/deviations.ts'
import { objectFaults } from './deviations/objects.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { diagnoseMetadata } from './diagnose-metadata.ts'
import { dotted, labFixture, ping, type LabFixture } from './lab-faults.fixture.ts'

/** What people have reported of EKS networks, rebuilt on a recorded lab: the cause that was found in the end is the one that is named. */

let lab: LabFixture
let natted: LabFixture
beforeAll(async () => {
  lab = await labFixture('al2')
  natted = await labFixture('private')
})

const diagnosed = ({ compiled, objects }: World, flow: Flow): Diagnosis | null =>
  diagnoseFlow(compiled, objects, flow, flowAllowance())
const causes = (found: Diagnosis | null): unknown => found?.causes.map(({ code, at, by }) => [code, at, by])
const cures = (world: World, found: Diagnosis | null): readonly string[] =>
  found?.causes.flatMap((cause) => cureOf(cause, world.compiled.fabric)?.commands ?? []) ?? []
const vpcOf = ({ compiled }: World): Vpc => compiled.fabric.vpc!
/** The lab in a VPC that is another one. */
function withVpc(vpc: Vpc): World {
  const { compiled } = lab.healthy
  const { surroundings } = compiled
  return {
    ...lab.healthy,
    compiled: {
      ...compiled,
      fabric: { ...compiled.fabric, vpc },
      surroundings: { ...surroundings, vpc: surroundings.vpc!.of!(vpc) },
    },
  }
}
const addressOfNode = (n: number): ReturnType<typeof ip> =>
  ip(/ip-([\d-]+)\./.exec(lab.node(n))![1]!.replaceAll('-', '.'))
const tcp = (from: string, to: ReturnType<typeof ip>, destinationPort: number): Flow => ({
  from,
  to,
  protocol: TCP,
  destinationPort,
  fresh: true,
})

test('a UDP connection to a pod that is gone, kept alive by who asks by the same port (kubernetes/kubernetes #125467)', () => {
  const client = dotted(lab.pod(1).address)
  const line = `udp      17 29 src=${client} dst=10.100.0.10 sport=21667 dport=53 [UNREPLIED] src=192.168.2.77 dst=${client} sport=53 dport=21667 mark=0 use=1`
  const stack = lab.healthy.compiled.stacks.get(lab.node(1))!.stack
  const stale = withStack(lab.healthy, {
    ...stack,
    conntrack: [...(stack.conntrack ?? []), ...readConntrack(line).value],
  })
  const asked: Flow = {
    from: lab.pod(1).stack,
    to: ip('10.100.0.10'),
    protocol: UDP,
    destinationPort: 53,
    sourcePort: 21667,
  }
  const found = diagnosed(stale, asked)
  expect(causes(found)).toEqual([['CONNECTION_STALE', lab.node(1), line]])
  const forget = `conntrack -D -p udp --orig-src ${client} --orig-dst 10.100.0.10 --orig-port-src 21667 --orig-port-dst 53`
  expect(cures(stale, found)).toEqual([forget])
  // And by who asks for no flow: nobody knows the port.
  const told = objectFaults(stale.compiled.fabric, stale.objects, [])
  expect(told.map(({ code, by }) => [code, by])).toEqual([['CONNECTION_STALE', line]])
  expect(objectFaults(lab.healthy.compiled.fabric, lab.healthy.objects, [])).toEqual([])
})

test('a DNAT without masquerade: the answer comes back by another way (kubernetes/kubernetes #74383)', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: {
      type: 'NodePort',
      externalTrafficPolicy: 'Local',
      selector: { app: 'netshoot-pod' },
      ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
    },
  }
  const web = applyDocuments(lab.healthy, [service], { namespace: 'default', deployments: new Map() })
  const asked = tcp(lab.pod(2).stack, addressOfNode(1), 30080)
  expect(diagnosed(web, asked)).toBeNull()
  const lines = web.compiled.stacks
    .get(lab.node(1))!
    .stack.iptables!.flatMap(({ tables }) => tables.flatMap(({ chains }) => chains.map(({ name }) => name)))
  const ext = lines.find((name) => name.startsWith('KUBE-EXT-'))!
  const svc = ext.replace('KUBE-EXT-', 'KUBE-SVC-')
  const direct = runCommand(web, lab.node(1), `iptables -t nat -I ${ext} 1 -s 192.168.0.0/16 -j ${svc}`)
  expect(causes(diagnosed(direct, asked))).toEqual([
    ['KUBE_PROXY_RULE_WRONG', lab.node(1), `-A ${ext} -s 192.168.0.0/16 -j ${svc}`],
  ])
})

test('hop limit 1: a token of the metadata service does not come as far as a pod (aws-load-balancer-controller #2231)', () => {
  const withOptions = (tokens: 'required' | 'optional', hopLimit: number): World => {
    const vpc = vpcOf(lab.healthy)
    return withVpc({
      ...vpc,
      instances: vpc.instances.map((one) => ({
        ...one,
        metadataOptions: { tokens, hopLimit, endpoint: 'enabled' as const },
      })),
    })
  }
  const asked = (from: string): Flow => tcp(from, ip('169.254.169.254'), 80)
  const limited = withOptions('required', 1)
  const found = diagnoseMetadata(limited.compiled, asked(lab.pod(1).stack))
  const { id } = vpcOf(limited).instances.find(({ privateDnsName }) => lab.node(1).endsWith(privateDnsName))!
  expect(causes(found)).toEqual([
    ['METADATA_HOP_LIMIT', lab.pod(1).stack, `${id}: HttpTokens required, HttpPutResponseHopLimit 1`],
  ])
  expect(cures(limited, found)).toEqual([
    `aws ec2 modify-instance-metadata-options --instance-id ${id} --http-put-response-hop-limit 2`,
  ])
  // The node itself is no hop further, two are enough, and version 1 asks for no token.
  expect(diagnoseMetadata(limited.compiled, asked(lab.node(1)))).toBeNull()
  for (const good of [withOptions('required', 2), withOptions('optional', 1)])
    expect(diagnoseMetadata(good.compiled, asked(lab.pod(1).stack))).toBeNull()
})

test('an interface endpoint whose group does not let the nodes in', () => {
  const vpc = vpcOf(lab.healthy)
  const [eni] = vpc.interfaces
  const group = { id: 'sg-endpoint', name: 'endpoint', description: '', rules: [] }
  const address = ip('192.168.1.200')
  const endpoint = {
    ...eni!,
    id: 'eni-endpoint',
    mac: '02:00:00:00:00:99',
    addresses: [{ address, primary: true, publicAddress: null, associationId: null }],
    prefixes: [],
    securityGroups: [group.id],
    attachment: null,
    managed: 'vpc-endpoint' as const,
  }
  const world = withVpc({
    ...vpc,
    interfaces: [...vpc.interfaces, endpoint],
    securityGroups: [...vpc.securityGroups, group],
  })
  const found = diagnosed(world, tcp(lab.pod(1).stack, address, 443))
  expect(
    found?.causes.map(({ code, edits }) => [code, edits.map((edit) => 'group' in edit && edit.group)]),
  ).toEqual([['SECURITY_GROUP_CLOSED', ['sg-endpoint']]])
})

test('a source rule as an old CNI wrote it leads a pod’s answers to outside of the VPC by another ENI (amazon-vpc-cni-k8s #53)', () => {
  const address = dotted(lab.dns(1).address)
  const old = `1536: from ${address} to 192.168.0.0/16 lookup 2`
  const without = runCommand(lab.healthy, lab.node(1), `ip rule del pref 1536 from ${address}`)
  const world = runCommand(without, lab.node(1), `ip rule add pref ${old.replace(':', '')}`)
  const { found } = deviations(world.compiled.fabric, world.objects)
  expect(found.map(({ what, kind, line, expected }) => [what, kind, line, expected])).toEqual([
    ['source-rule', 'different', old, `1536: from ${address} lookup 2`],
  ])
  // Inside of the VPC it does what the right one would.
  expect(diagnosed(world, ping(lab.pod(2), lab.dns(1)))).toBeNull()
})

test('a NAT gateway in a subnet that is as private as those that it is for', () => {
  const vpc = vpcOf(natted.healthy)
  const [nat] = vpc.natGateways
  const out = vpc.routeTables.find(({ subnets }) => subnets.includes(nat!.subnet))!
  const inside = vpc.routeTables.find(({ routes }) =>
    routes.some(({ target }) => target.kind === 'nat-gateway'),
  )!
  const [[association]] = Object.entries(out.associations!) as [[string, string]]
  const world = runAws(
    natted.healthy,
    `replace-route-table-association --association-id ${association} --route-table-id ${inside.id}`,
  )
  for (const from of [natted.pod(1).stack, natted.dns(1).stack, natted.node(1)]) {
    const found = diagnosed(world, tcp(from, ip('198.51.100.100'), 443))
    expect(found?.causes.map(({ code }) => code)).toEqual(['NAT_SUBNET_WITHOUT_EXIT'])
    expect(cures(world, found)).toEqual([
      `aws ec2 replace-route-table-association --association-id ${association} --route-table-id ${out.id}`,
    ])
  }
})
