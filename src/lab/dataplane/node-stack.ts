import { mergeTables, renderRestore, type IptablesPart } from '../../intent/iptables-table.ts'
import { routeArguments, type Sysctl } from '../../intent/routing.ts'
import { amiIntent } from '../../intent/vpc-cni/ami.ts'
import type { NodeEni } from '../../intent/vpc-cni/node-eni.ts'
import { nodeIntent, type NodeIntent } from '../../intent/vpc-cni/node.ts'
import type { VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import { ip4Of } from '../../model/address/address.ts'
import type { Prefix } from '../../model/address/prefix.ts'
import type { NodePlan } from '../plan/host-plan.ts'
import type { Ami } from '../plan/topology.ts'
import type { Act } from './act.ts'

export interface NodeStackInput {
  readonly ami: Ami
  readonly settings: VpcCniSettings
  readonly vpcCidrs: readonly Prefix[]
  readonly resolver: string
  /** kube-proxy's rules at this moment. */
  readonly services: readonly IptablesPart[]
}

/** What turns a bare namespace with an `eth0` in it into a fresh EKS node: the image, DHCP, kubelet, aws-node, kube-proxy. */
export function nodeBoot(input: NodeStackInput, primary: NodeEni): readonly Act[] {
  const image = amiIntent({ ami: input.ami, primary, resolver: ip4Of(input.resolver) })
  const cni = nodeIntent({ settings: input.settings, enis: [primary], vpcCidrs: input.vpcCidrs })
  const device = image.primary.device
  const metric = image.primary.metric === null ? '' : ` metric ${image.primary.metric}`
  return [
    { kind: 'sysctl', why: 'the image’s sysctls', values: sysctls([...image.sysctls]) },
    {
      kind: 'ip',
      why: 'the primary ENI by DHCP',
      lines: [
        'link set lo up',
        `link set ${device} mtu ${image.primary.mtu} txqueuelen 1000 up`,
        // A lease that outlives every lab: the flag `dynamic` is printed only for addresses that end.
        `addr add ${image.primary.address} dev ${device} valid_lft 4294967294 preferred_lft 4294967294${metric}`,
        ...image.routes
          .filter((route) => !route.line.includes('proto kernel'))
          // A gateway must be reachable before a route may lead through it.
          .toSorted((a, b) => Number(a.line.includes(' via ')) - Number(b.line.includes(' via ')))
          .map((route) => `route replace ${routeArguments(route)}`),
      ],
    },
    ...cniActs(cni, 'aws-node sets up the host network'),
    {
      kind: 'iptables-restore',
      why: 'the rules of kubelet, aws-node and kube-proxy',
      backend: input.settings.iptables,
      family: 4,
      text: renderRestore(
        mergeTables(...image.iptables, cni.iptables.mangle, cni.iptables.nat, ...input.services),
      ),
    },
    ...(cni.nft === null ? [] : [{ kind: 'nft' as const, why: 'connection marks', text: cni.nft }]),
  ]
}

/** What ipamd does on the node when EC2 has attached another ENI. */
export function attachEni(
  settings: VpcCniSettings,
  vpcCidrs: readonly Prefix[],
  primary: NodeEni,
  eni: NodeEni,
): readonly Act[] {
  const before = nodeIntent({ settings, enis: [primary], vpcCidrs })
  const after = nodeIntent({ settings, enis: [primary, eni], vpcCidrs })
  const known = new Set([...before.rules, ...before.routes].map((one) => one.line))
  const link = after.links.find((one) => one.device === eni.device)
  return [
    {
      kind: 'ip',
      why: `aws-node sets up ${eni.device}`,
      lines: [
        `link set ${eni.device} mtu ${link?.mtu ?? settings.eniMtu} txqueuelen 1000 up`,
        ...(link?.address ? [`addr add ${link.address} dev ${eni.device}`] : []),
        ...after.routes
          .filter((route) => !known.has(route.line))
          .map((route) => `route replace ${route.line} table ${route.table}`),
        ...after.removedRoutes.map((route) => `route del ${route.line} table ${route.table}`),
        ...after.rules
          .filter((rule) => !known.has(rule.line))
          .map((rule) => `rule add pref ${rule.priority} ${rule.line}`),
      ],
    },
  ]
}

/** What is left to do on the node when an ENI is detached: its routes go with the device. */
export const detachEni = (eni: NodeEni): readonly Act[] => [
  { kind: 'ip', why: `aws-node lets go of ${eni.device}`, lines: [`link del ${eni.device}`], force: true },
]

function cniActs(cni: NodeIntent, why: string): readonly Act[] {
  return [
    { kind: 'sysctl', why, values: sysctls(cni.sysctls) },
    {
      kind: 'ip',
      why,
      lines: [
        ...cni.routes.map((route) => `route replace ${route.line} table ${route.table}`),
        ...cni.rules.map((rule) => `rule add pref ${rule.priority} ${rule.line}`),
      ],
    },
  ]
}

const sysctls = (values: readonly Sysctl[]): readonly (readonly [string, string])[] =>
  values.map(({ key, value }) => [key, value] as const)

export const nodeEniOf = (node: NodePlan, device: string, deviceIndex: number): NodeEni => {
  const eni = node.enis[deviceIndex]
  if (!eni) throw new Error(`${node.name} has no ENI ${deviceIndex}`)
  return { device, deviceIndex, mac: eni.mac, address: ip4Of(eni.address), subnet: node.subnetPrefix }
}
