import { beforeAll, describe, expect, test } from 'vitest'
import { runAws } from '../change/aws/run-aws.ts'
import { setEnvironment } from '../change/owners/set-env.ts'
import { runCommand } from '../change/typed/run-command.ts'
import { worldOf, type World } from '../change/world.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { ip, type Ip } from '../model/address/address.ts'
import type { CauseCode } from '../model/diagnosis/diagnosis.ts'
import { ICMP, TCP } from '../model/packet/packet.ts'
import type { Edit } from '../model/fabric/edit.ts'
import { applyEdits } from '../forward/edit/apply-edits.ts'
import { readRoutesText } from '../linux/ip/route.ts'
import { diagnoseDetour } from './diagnose-detour.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { cureOf } from './cures/cure-of.ts'
import { recordedLab } from './recorded.fixture.ts'

/** What somebody typed into a healthy lab, by what it is called then: from either end of a flow. */

let healthy: World
beforeAll(async () => {
  const { compiled, objects } = await recordedLab('al2')
  healthy = worldOf(compiled, objects)
})

const node = (n: number): string =>
  healthy.compiled.fabric.stacks.find(({ id }) => id.startsWith(`node/ip-192-168-${n}-`))!.id
/** The tutorial's pod of that node; CoreDNS, on a later ENI of its node. */
const pod = (n: number): { readonly stack: string; readonly address: Ip } => podWith(/netshoot/, n)
const dns = (n: number): { readonly stack: string; readonly address: Ip } => podWith(/coredns/, n)
function podWith(name: RegExp, n: number): { readonly stack: string; readonly address: Ip } {
  const found = healthy.objects!.pods.find(
    (one) => name.test(one.name) && one.nodeName?.startsWith(`ip-192-168-${n}-`),
  )!
  return { stack: `pod/${found.namespace}/${found.name}`, address: found.addresses[0]! }
}
const dotted = (address: Ip): string =>
  [24, 16, 8, 0].map((bits) => (Number(address) >>> bits) & 255).join('.')

const ping = (from: { readonly stack: string }, to: { readonly address: Ip }): Flow => ({
  from: from.stack,
  to: to.address,
  protocol: ICMP,
  fresh: true,
})
const internet = { address: ip('198.51.100.100') }

interface Row {
  readonly fault: string
  readonly because: string
  readonly done: () => World
  readonly flows: () => readonly Flow[]
  readonly code: CauseCode
  /** The first command of what is printed. */
  readonly cure?: RegExp
}
const typed = (n: number, command: string): World => runCommand(healthy, node(n), command)
const route = (stack: string, line: string, table = ''): World => {
  const [after] = readRoutesText(`${line}${table}`, 4).value
  const edit: Edit = { stack, kind: 'route', before: null, after: after! }
  return { ...healthy, compiled: applyEdits(healthy.compiled, [edit]) }
}
const eitherWay = (): readonly Flow[] => [ping(pod(1), pod(2)), ping(pod(2), pod(1))]
const fromLaterEni = (): readonly Flow[] => [ping(dns(1), pod(2)), ping(pod(2), dns(1))]

const rows: readonly Row[] = [
  {
    fault: 'a bridge whose network is a subnet of the VPC',
    because: 'the kernel wrote its route, and nothing is read beyond it',
    done: () => route(node(1), '192.168.2.0/24 dev docker0 proto kernel scope link src 192.168.2.1'),
    flows: eitherWay,
    code: 'ROUTE_FOREIGN',
    cure: /^ip route del 192\.168\.2\.0\/24 dev docker0/,
  },
  {
    fault: 'the address of a pod on its node',
    because: 'the node answers for the pod, or keeps its answers',
    done: () =>
      route(
        node(1),
        `local ${dotted(pod(1).address)} dev eth0 table local proto kernel scope host src ${dotted(pod(1).address)}`,
      ),
    flows: eitherWay,
    code: 'POD_ADDRESS_ON_NODE',
    cure: /^ip addr del 192\.168\.1\.\d+\/32 dev eth0$/,
  },
  {
    fault: 'a fixed neighbour for the router of the VPC',
    because: 'AWS does not tell the MAC of its router, and answers ARP for it',
    done: () => typed(1, 'ip neigh replace 192.168.1.1 lladdr 02:00:5e:00:53:02 dev eth0 nud permanent'),
    flows: eitherWay,
    code: 'ROUTER_NEIGHBOUR_WRONG',
    cure: /^ip neigh del 192\.168\.1\.1 dev eth0$/,
  },
  {
    fault: 'a source rule that looks into another table',
    because: 'one line is wrong: it is not one missing and another foreign',
    done: () => {
      const address = dotted(dns(1).address)
      const without = typed(1, `ip rule del pref 1536 from ${address}`)
      return runCommand(without, node(1), `ip rule add pref 1536 from ${address} lookup 3`)
    },
    flows: fromLaterEni,
    code: 'SOURCE_RULE_WRONG',
  },
  {
    fault: 'a default route of a pod by another gateway',
    because: 'nobody answers for it',
    done: () => runCommand(healthy, pod(1).stack, 'ip route replace default via 169.254.1.2 dev eth0 onlink'),
    flows: eitherWay,
    code: 'DEFAULT_ROUTE_WRONG',
  },
  {
    fault: 'a pod whose address is a /24',
    because: 'the kernel takes its whole subnet for neighbours on the veth',
    done: () => route(pod(1).stack, '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.239'),
    flows: () => [ping(pod(1), dns(1)), ping(dns(1), pod(1))],
    code: 'ROUTE_FOREIGN',
  },
  {
    fault: 'a setting that routes the whole VPC by the main table',
    because: 'no line is wrong, the setting is, and on every node',
    done: () => setEnvironment(healthy, 'daemonset/aws-node', ['AWS_EXTERNAL_SERVICE_CIDRS=192.168.0.0/16']),
    flows: fromLaterEni,
    code: 'SERVICE_CIDR_TOO_BROAD',
    cure: /^kubectl -n kube-system set env daemonset\/aws-node AWS_EXTERNAL_SERVICE_CIDRS=$/,
  },
  {
    fault: 'source NAT that is left to somebody else',
    because: 'from a later ENI two lines of one chain are missing, and their order decides',
    done: () => setEnvironment(healthy, 'daemonset/aws-node', ['AWS_VPC_K8S_CNI_EXTERNALSNAT=true']),
    flows: () => [ping(pod(1), internet), ping(dns(1), internet)],
    code: 'SNAT_MISSING',
    cure: /EXTERNALSNAT=false$/,
  },
  {
    fault: 'a default route of the VPC that leads to an instance',
    because: 'the instance is not for forwarding, and its check is right',
    done: () => {
      const vpc = healthy.compiled.fabric.vpc!
      const table = vpc.routeTables.find(({ routes }) =>
        routes.some(({ target }) => target.kind === 'internet-gateway'),
      )!
      const eni = vpc.interfaces.find((one) => one.addresses[0]?.address === ip('192.168.2.91'))!
      return runAws(
        healthy,
        `replace-route --route-table-id ${table.id} --destination-cidr-block 0.0.0.0/0 --network-interface-id ${eni.id}`,
      )
    },
    flows: () => [ping(pod(1), internet)],
    code: 'VPC_ROUTE_WRONG',
  },
  {
    fault: 'nothing: a pod asks the Pod Identity agent, which does not run',
    because: 'its address is link-local and on no node',
    done: () => healthy,
    flows: () => [{ ...ping(pod(1), { address: ip('169.254.170.23') }), protocol: TCP, destinationPort: 80 }],
    code: 'ADDRESS_NOT_ON_NODE',
  },
  {
    fault: 'nothing: a pod without IPv6 asks for an address of IPv6',
    because: 'a route would not help it',
    done: () => healthy,
    flows: () => [{ ...ping(pod(1), { address: ip('2600:1f18::1') }), protocol: 58 }],
    code: 'IPV6_MISSING',
  },
]

describe.each(rows)('$fault: $because', ({ done, flows, code, cure }) => {
  test(`is ${code}, and nothing else`, () => {
    const { compiled, objects } = done()
    const asked = flows().map(
      (flow) =>
        diagnoseFlow(compiled, objects, flow, flowAllowance()) ?? diagnoseDetour(compiled, objects, flow),
    )
    expect(asked.map((one) => [...new Set(one?.causes.map((cause) => cause.code))])).toEqual(
      asked.map(() => [code]),
    )
    const [cause] = asked[0]?.causes ?? []
    if (cure !== undefined) expect(cureOf(cause!, compiled.fabric)?.commands[0]).toMatch(cure)
  })
})
