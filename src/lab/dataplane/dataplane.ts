import { join } from 'node:path'
import type { KubeProxyInput } from '../../intent/kube-proxy/intent.ts'
import { settingsFor, settingsFromEnvironment, type VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import { asGuest, createGuests, withGuests, type Guests } from '../namespaces/guests.ts'
import { openGallery, type Gallery } from '../namespaces/root/gallery.ts'
import { readBaseRoot } from '../namespaces/root/base-root.ts'
import { labDirectory } from '../namespaces/root/lab-script.ts'
import {
  createNamespaces,
  inside,
  layOutSandboxScripts,
  type NamespaceSet,
} from '../namespaces/namespace-set.ts'
import { programBind, type BaseRoot, type RootRequest } from '../namespaces/root/root-filesystem.ts'
import type { Topology } from '../plan/topology.ts'
import type { Sandboxes } from '../sandbox.ts'
import type { LabGroups } from './container-groups.ts'
import { layOutNodeOpt } from './cni/cni-files.ts'
import { nodeFiles } from './host-files.ts'
import { openNatGateway } from './vpc/nat-gateway.ts'
import { liveSandboxes } from './sandboxes.ts'
import { createNode, createNodeSet, type LiveNode } from './node.ts'
import { openShell } from './shell-session.ts'
import { createVpcNetwork, type VpcNetwork } from './vpc/vpc-network.ts'

export interface DataplaneOptions {
  readonly topology: Topology
  /** Directories of the lab's root that the bastion's programs need, bound read-only: [there, in the bastion]. */
  readonly bastionBinds: readonly (readonly [from: string, to: string])[]
  /** Where containers get the limits that they ask for; null where none can be made. */
  readonly groups: LabGroups | null
  /** Told what is being done, for people who wait. */
  readonly progress: (step: string) => void
  /** Told of what goes wrong where nobody waits. */
  readonly onError: (error: unknown) => void
}

/** Every namespace, wire and process of the lab, live. */
export interface Dataplane {
  readonly sandboxes: Sandboxes
  readonly network: VpcNetwork
  /** Of the routers and the internet. */
  readonly guests: Guests
  readonly settings: VpcCniSettings
  readonly nodes: ReadonlyMap<string, LiveNode>
  readonly bastion: NamespaceSet
  /** What holds the namespaces that sandboxes are made in; `ended` settles when it has. */
  readonly frame: Pick<Gallery, 'pid' | 'ended'>
  syncServices(services: KubeProxyInput['services']): Promise<void>
  /** aws-node has started on a node: its environment decides from then on. */
  configureNetwork(node: string, environment: Readonly<Record<string, string>>): Promise<void>
}

export async function createDataplane(options: DataplaneOptions): Promise<Dataplane> {
  const { topology } = options
  const settings = settingsFor(topology.options.ami)
  const rootFor = rootMaker(readBaseRoot())
  const nodeBinds: RootRequest['binds'] = [[layOutNodeOpt(), '/opt'], programBind]
  layOutSandboxScripts()
  const [guests, gallery] = await Promise.all([createGuests(), openGallery()])
  const daemon = openShell('the lab’s daemon', ['sh'], () => ['sh'])
  options.progress('vpc')
  const unwired = {
    topology,
    settings,
    rootFor: (name: string) => rootFor(name, true, nodeBinds),
    gallery,
    onError: options.onError,
  }
  const [network, ...sets] = await Promise.all([
    createVpcNetwork({ topology, guest: asGuest(guests), daemon }),
    ...topology.nodes.map(async (plan) => [plan, await createNodeSet(unwired, plan)] as const),
  ])
  const group = topology.vpc.securityGroups[0]?.id ?? ''
  const wiring = { ...unwired, network, securityGroup: group }

  options.progress('nodes')
  const [bastion, , , ...live] = await Promise.all([
    createBastion(options, network, rootFor('bastion', true, [programBind, ...options.bastionBinds])),
    attachControlPlane(topology, network),
    Promise.all(
      topology.vpc.natGateways.map((gateway) =>
        openNatGateway(network, asGuest(guests), topology.vpc, gateway),
      ),
    ),
    ...sets.map(([plan, set]) => createNode(wiring, plan, set)),
  ])
  const nodes = new Map(live.map((node) => [node.plan.name, node]))

  return {
    sandboxes: liveSandboxes({ topology, settings, nodes, gallery, groups: options.groups, rootFor }),
    network,
    guests,
    settings,
    nodes,
    bastion,
    frame: gallery,
    async syncServices(services) {
      const living = [...nodes.values()].filter((node) => !node.ended)
      await Promise.all(living.map((node) => node.syncServices(services)))
    },
    async configureNetwork(name, environment) {
      const { version, iptables } = settings
      await nodes.get(name)?.configure(settingsFromEnvironment(environment, version, iptables))
    },
  }
}

const rootMaker =
  (base: BaseRoot) =>
  (name: string, isHost: boolean, binds: RootRequest['binds']): RootRequest => ({
    directory: join(labDirectory, 'sandbox', name),
    isHost,
    base,
    ...(binds ? { binds } : {}),
  })

async function createBastion(
  options: DataplaneOptions,
  network: VpcNetwork,
  root: RootRequest,
): Promise<NamespaceSet> {
  const { topology } = options
  const { bastion } = topology
  const hostname = `ip-${bastion.address.replaceAll('.', '-')}`
  const set = await withGuests((guests) =>
    createNamespaces(guests, {
      name: 'bastion',
      hostname,
      root,
      files: nodeFiles(hostname, topology.region, topology.resolver),
      network: 'new',
      processes: { under: null, own: true },
    }),
  )
  const eni = topology.vpc.interfaces.find((one) => one.id === bastion.eni)
  if (!eni) throw new Error('the plan has no ENI for the bastion')
  await network.attach(eni, 'eth0', set.pid)
  const shell = openShell('bastion', [...inside(set), 'sh'])
  const subnet = topology.vpc.subnets.find((one) => one.id === bastion.subnet)
  await shell.apply([
    {
      kind: 'ip',
      why: 'the bastion’s ENI',
      lines: [
        'link set lo up',
        'link set eth0 up',
        `addr add ${bastion.address}/${subnet?.prefix.length ?? 24} brd + dev eth0`,
        `route replace default via ${bastion.gateway} dev eth0`,
      ],
    },
  ])
  shell.close()
  return set
}

/** EKS's ENI in the VPC ends in the daemon's own namespace, where the API servers listen. */
async function attachControlPlane(topology: Topology, network: VpcNetwork): Promise<void> {
  const { controlPlane } = topology
  const eni = topology.vpc.interfaces.find((one) => one.id === controlPlane.eni)
  if (!eni) throw new Error('the plan has no ENI for the control plane')
  await network.attach(eni, 'eni0', process.pid)
  const shell = openShell('control plane', ['sh'])
  await shell.apply([
    {
      kind: 'ip',
      why: 'the control plane’s ENI',
      lines: [
        'link set eni0 up',
        `addr add ${controlPlane.address}/32 dev eni0`,
        `route replace ${controlPlane.gateway} dev eni0 scope link table 10`,
        `route replace default via ${controlPlane.gateway} dev eni0 table 10`,
        `rule add pref 100 from ${controlPlane.address} lookup 10`,
      ],
    },
  ])
  shell.close()
}
