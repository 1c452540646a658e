import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { IptablesPart } from '../../intent/iptables-table.ts'
import { kubeProxyIntent, type KubeProxyInput } from '../../intent/kube-proxy/intent.ts'
import { deviceName } from '../../intent/vpc-cni/ami.ts'
import { nodeIntent } from '../../intent/vpc-cni/node.ts'
import type { SettingProblem, VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import { withGuests, type Guests } from '../namespaces/guests.ts'
import type { Gallery } from '../namespaces/root/gallery.ts'
import { createNamespaces, inside, type NamespaceSet } from '../namespaces/namespace-set.ts'
import { labDirectory } from '../namespaces/root/lab-script.ts'
import type { RootRequest } from '../namespaces/root/root-filesystem.ts'
import { nodeEni } from '../plan/enis.ts'
import type { EniPlan, NodePlan } from '../plan/host-plan.ts'
import type { Topology } from '../plan/topology.ts'
import { randomFor, type Random } from '../plan/random.ts'
import {
  addEntries,
  cniLogDirectory,
  eniEntries,
  logActs,
  removeEntries,
  startEntries,
  type LoggedPod,
} from './cni/cni-log.ts'
import { cniChange, presentScript, readPresent } from './cni/cni-change.ts'
import { cniConfiguration } from './cni/cni-files.ts'
import { iptablesLinks, nodeFiles } from './host-files.ts'
import {
  assign,
  attachAhead,
  attached,
  attachFor,
  coolingOf,
  detachable,
  detached,
  emptyPool,
  hasSurplus,
  poolCheckInterval,
  release,
  type Assignment,
  type Pool,
} from './cni/ipamd.ts'
import { attachEni, detachEni, nodeBoot, nodeEniOf } from './node-stack.ts'
import { addPods, intentOf, removePod, type PodWire } from './pod-stack.ts'
import { serviceSync } from './service-rules.ts'
import { openShell, type ShellSession } from './shell-session.ts'
import type { VpcNetwork } from './vpc/vpc-network.ts'

export interface NodeContext {
  readonly topology: Topology
  readonly settings: VpcCniSettings
  readonly network: VpcNetwork
  /** The root of a sandbox of this name. */
  readonly rootFor: (name: string) => RootRequest
  readonly securityGroup: string
  /** Where its files are shown to pods that mount some of them. */
  readonly gallery: Gallery
  /** Told of what goes wrong where nobody waits. */
  readonly onError: (error: unknown) => void
}

/** One worker node, live. */
export interface LiveNode {
  readonly plan: NodePlan
  readonly set: NamespaceSet
  /** Of the node and its pods. */
  readonly guests: Guests
  /** Its first process has ended, and with it everything on the node. */
  readonly ended: boolean
  readonly shell: ShellSession
  /** CNI ADD: an address, a wire, routes and rules. Pods that come together are set up together. */
  addPod(
    pod: Omit<PodWire, 'address' | 'deviceIndex'>,
    uid: string,
    wanted: string | undefined,
  ): Promise<Assignment>
  removePod(pod: Omit<PodWire, 'address' | 'deviceIndex'>, uid: string): Promise<void>
  syncServices(services: KubeProxyInput['services']): Promise<void>
  /** aws-node starts: what it was set to before is brought to this, and new pods get it. */
  configure(environment: {
    readonly settings: VpcCniSettings
    readonly problems: readonly SettingProblem[]
  }): Promise<void>
}

/** The lab's directory behind a node's /run/podpath, where the lab answers for its runtime and its kubelet. */
export const doorDirectory = (node: string): string => join(labDirectory, 'doors', node)

function nodeRoot({ rootFor }: Pick<NodeContext, 'rootFor'>, name: string): RootRequest {
  const doors = doorDirectory(name)
  mkdirSync(doors, { recursive: true })
  const root = rootFor(name)
  return {
    ...root,
    commands: join(labDirectory, 'node-bin'),
    binds: [...(root.binds ?? []), [doors, '/run/podpath']],
  }
}

/** A node's namespaces, which no network reaches yet. */
export const createNodeSet = (
  context: Pick<NodeContext, 'topology' | 'settings' | 'rootFor' | 'gallery'>,
  { name }: NodePlan,
): Promise<NamespaceSet & { readonly guests: Guests }> =>
  withGuests((guests) =>
    createNamespaces(guests, {
      name,
      hostname: name,
      root: nodeRoot(context, name),
      files: nodeFiles(name, context.topology.region, context.topology.resolver),
      links: iptablesLinks(context.settings.iptables),
      network: 'new',
      processes: { under: null, own: true },
      gallery: { pid: context.gallery.pid, show: context.gallery.pathOf(name) },
    }),
  )

export async function createNode(
  context: NodeContext,
  plan: NodePlan,
  set: NamespaceSet & { readonly guests: Guests },
): Promise<LiveNode> {
  const { topology, network } = context
  let { settings } = context
  const vpcCidrs = topology.vpc.prefixes
  let reviewing: NodeJS.Timeout | undefined
  let over = false
  void set.ended.then(() => {
    over = true
    clearTimeout(reviewing)
  })
  const failed = (error: unknown): void => {
    if (!over) context.onError(error)
  }
  const words = [...inside(set), 'sh'] as const
  const shell = openShell(`node/${plan.name}`, words, () => (over ? null : words))
  const device = (index: number): string => deviceName(topology.options.ami, index)
  const primary = nodeEniOf(plan, device(0), 0)
  const first = plan.enis[0]
  if (!first) throw new Error(`${plan.name} has no primary ENI`)
  const proxy = (services: KubeProxyInput['services']): readonly IptablesPart[] =>
    kubeProxyIntent({ services, nodeName: plan.name, nodeAddress: primary.address })

  let rules = proxy([])
  await network.attach(nodeEni(plan, first, context.securityGroup), device(0), set.pid)
  await shell.apply([
    { kind: 'run', why: 'where aws-node writes its logs', argv: ['mkdir', '-p', cniLogDirectory] },
    ...cniConfiguration(settings.eniMtu),
    ...nodeBoot(
      { ami: topology.options.ami, settings, vpcCidrs, resolver: topology.resolver, services: rules },
      primary,
    ),
  ])
  const logged = (wire: PodWire): LoggedPod => {
    const { hostInterface, host } = intentOf(settings, vpcCidrs, wire)
    return { ...wire, hostInterface, routeTable: tableOf(host.rules.at(-1)?.line) }
  }
  const counted = (): { readonly total: number; readonly assigned: number; readonly cooling: number } => ({
    total: pool.attached.reduce((sum, eni) => sum + eni.podAddresses.length, 0),
    assigned: pool.taken.size,
    cooling: coolingOf(pool, Date.now()),
  })

  let pool: Pool = emptyPool(plan)
  const namedEni = (eni: EniPlan) => ({
    id: eni.id,
    device: device(eni.deviceIndex),
    addresses: eni.podAddresses.length,
  })
  const random: Random = randomFor(topology.options.seed, `ipamd/${plan.name}`)
  /** ipamd works on one thing at a time, as the real one under its lock. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const attach = async (enis: ReturnType<typeof attachFor>): Promise<void> => {
    for (const eni of enis) {
      await network.attach(nodeEni(plan, eni, context.securityGroup), device(eni.deviceIndex), set.pid)
      await shell.apply(
        attachEni(settings, vpcCidrs, primary, nodeEniOf(plan, device(eni.deviceIndex), eni.deviceIndex)),
      )
      pool = attached(pool, eni, Date.now())
      await shell.apply(logActs(eniEntries('attached', namedEni(eni), counted()), new Date()))
    }
  }

  /** ipamd's look at the pool: gives back what is not needed, and looks again as long as there is something. */
  const review = async (): Promise<void> => {
    for (let eni = detachable(pool, Date.now()); eni; eni = detachable(pool, Date.now())) {
      const { deviceIndex, id } = eni
      await shell.apply(detachEni(nodeEniOf(plan, device(deviceIndex), deviceIndex)))
      await network.detach(id)
      pool = detached(pool, eni)
      await shell.apply(logActs(eniEntries('detached', namedEni(eni), counted()), new Date()))
    }
    reviewLater()
  }
  const reviewLater = (): void => {
    if (over || reviewing !== undefined || !hasSurplus(pool)) return
    reviewing = setTimeout(() => {
      reviewing = undefined
      inTurn(review).catch(failed)
    }, poolCheckInterval).unref()
  }

  /** What a pod was set up with: its wire keeps that until it is gone. */
  const setUpWith = new Map<string, VpcCniSettings>()
  const waiting: { wire: PodWire; resolve: () => void; reject: (error: unknown) => void }[] = []
  let flushing = false
  const flush = async (): Promise<void> => {
    flushing = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0)
      try {
        const wires = batch.map((one) => one.wire)
        await shell.apply([
          ...addPods(settings, vpcCidrs, wires),
          ...logActs(
            wires.flatMap((wire) => addEntries(logged(wire), settings.eniMtu)),
            new Date(),
          ),
        ])
        for (const one of batch) one.resolve()
      } catch (error) {
        for (const one of batch) one.reject(error)
      }
    }
    flushing = false
  }
  const wireUp = (wire: PodWire): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ wire, resolve, reject })
      if (!flushing) {
        flushing = true
        setImmediate(() => void flush())
      }
    })

  return {
    plan,
    set,
    guests: set.guests,
    get ended() {
      return over
    },
    shell,
    async addPod(pod, uid, wanted) {
      const assignment = await inTurn(async () => {
        const needed = attachFor(plan, pool, wanted)
        if (needed.length > 0) await attach(needed)
        const given = assign(pool, uid, wanted, Date.now(), (among) => random.below(among))
        pool = given.pool
        return given.assignment
      })
      setUpWith.set(uid, settings)
      await wireUp({ ...pod, ...assignment })
      inTurn(() => attach(attachAhead(plan, pool))).catch(failed)
      return assignment
    },
    async removePod(pod, uid) {
      const assignment = pool.taken.get(uid)
      if (!assignment) return
      const wire = { ...pod, ...assignment }
      await shell.apply([
        ...removePod(setUpWith.get(uid) ?? settings, vpcCidrs, wire),
        ...logActs(removeEntries(logged(wire)), new Date()),
      ])
      setUpWith.delete(uid)
      pool = release(pool, uid, Date.now())
      reviewLater()
    },
    configure: ({ settings: next, problems }) =>
      inTurn(async () => {
        const enis = pool.attached.map((eni) => nodeEniOf(plan, device(eni.deviceIndex), eni.deviceIndex))
        const intent = (of: VpcCniSettings) => nodeIntent({ settings: of, enis, vpcCidrs })
        const present = readPresent((await shell.run(presentScript)).output)
        await shell.apply([
          ...cniChange(present, intent(settings), intent(next)),
          ...logActs(startEntries(problems), new Date()),
        ])
        settings = next
      }),
    async syncServices(services) {
      const next = proxy(services)
      await shell.apply(serviceSync(settings.iptables, rules, next))
      rules = next
    },
  }
}

/** The table a pod's packets are routed by, as a number, as the CNI writes it: 254 is `main`. */
function tableOf(rule: string | undefined): string {
  const table = rule?.split(' ').at(-1) ?? 'main'
  return table === 'main' ? '254' : table
}
