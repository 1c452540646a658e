import { mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import type { VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import type { Guests } from '../namespaces/guests.ts'
import { connectedInside } from '../namespaces/enter-set.ts'
import type { Gallery } from '../namespaces/root/gallery.ts'
import { labDirectory, programRoot } from '../namespaces/root/lab-script.ts'
import { mountFailed } from '../namespaces/mount-failed.ts'
import type { NamespaceRequest } from '../namespaces/namespace-request.ts'
import { createNamespaces, type NamespaceSet } from '../namespaces/namespace-set.ts'
import { programBind, type RootRequest } from '../namespaces/root/root-filesystem.ts'
import { removeTree } from '../namespaces/remove-tree.ts'
import { layOutVolumes, writeVolumeFiles, type CarefulMount } from '../namespaces/root/volumes.ts'
import { eniMac } from '../plan/identifier.ts'
import type { Topology } from '../plan/topology.ts'
import {
  SandboxError,
  type ProcessRequest,
  type Sandboxes,
  type SandboxRequest,
  type SandboxSysctl,
  type SandboxVolume,
} from '../sandbox.ts'
import { makeContainerGroup, type ContainerGroup, type LabGroups } from './container-groups.ts'
import { iptablesLinks, nodeFiles, podFiles } from './host-files.ts'
import { isOnNode, openNamedNetwork } from './on-node.ts'
import { checkSysctls, setSysctls } from './pod-sysctls.ts'
import type { LiveNode } from './node.ts'
import { spawnInside } from './process.ts'

interface LiveSandbox {
  readonly set: NamespaceSet
  /** Of its containers with limits, by the container's name. */
  readonly groups: Map<string, ContainerGroup>
  readonly node: LiveNode
  readonly wire: {
    readonly namespace: string
    readonly name: string
    readonly netns: string
    readonly hostMac: string
  } | null
}

/** What sandboxes are made of and where. */
interface SandboxSurroundings {
  readonly topology: Topology
  readonly settings: VpcCniSettings
  readonly nodes: ReadonlyMap<string, LiveNode>
  readonly gallery: Pick<Gallery, 'pid' | 'pathOf'>
  /** Where containers get the limits that they ask for; null where none can be made. */
  readonly groups: LabGroups | null
  readonly rootFor: (name: string, isHost: boolean, binds: RootRequest['binds']) => RootRequest
}

/** The runtime's part of every node: pods' namespaces, made and removed, and the programs in them. */
export function liveSandboxes({
  topology,
  settings,
  nodes,
  gallery,
  groups: limiting,
  rootFor,
}: SandboxSurroundings): Sandboxes {
  const sandboxes = new Map<string, LiveSandbox>()
  const find = (uid: string): LiveSandbox => {
    const found = sandboxes.get(uid)
    if (!found) throw new SandboxError('no-sandbox', `no sandbox ${uid}`)
    return found
  }

  return {
    async create(request) {
      check(request)
      const node = nodes.get(request.node)
      if (!node || node.ended) throw new SandboxError('no-node', `no node ${request.node}`)
      const filesAt = (address: string) =>
        podFiles(request.hostname, request.hosts(address), request.resolvConf)
      const bare = rootFor(`pod-${request.uid}`, request.hostNetwork, [programBind])
      const { volumes = [], mounts = [], sysctls = [] } = request
      await makeNodePaths(node, volumes)
      // What a guest may have left or made there is nothing to build on.
      await removeTree(bare.directory)
      const plan = layOutVolumes(
        { sandbox: bare.directory, kept: keptDirectory(request.uid), node: gallery.pathOf(node.plan.name) },
        volumes,
        mounts,
      )
      const root = plan.kind === 'plain' ? { ...bare, volumes: plan.binds } : bare
      const place = {
        ...(volumes.some(({ kind }) => kind === 'node') ? { gallery: { pid: gallery.pid } } : {}),
        ...(plan.kind === 'careful' ? { mountVolumes: carefully(bare.directory, plan.mounts) } : {}),
      }
      if (request.hostNetwork) {
        const set = await createSet(node.guests, sysctls, {
          name: `${request.namespace}/${request.name}`,
          hostname: node.plan.name,
          root,
          files: {
            ...filesAt(node.plan.address),
            ...nodeFiles(node.plan.name, topology.region, topology.resolver),
          },
          links: iptablesLinks(settings.iptables),
          network: openSync(`/proc/${node.set.pid}/ns/net`, 'r'),
          processes: { under: node.set.pid, own: !request.hostPID },
          ...place,
        })
        sandboxes.set(request.uid, { set, node, wire: null, groups: new Map() })
        return { uid: request.uid, address: node.plan.address, pid: set.pid, ended: set.ended }
      }
      const wire = {
        namespace: request.namespace,
        name: request.name,
        netns: `cni-${request.uid}`,
        hostMac: eniMac(topology.options.seed, `veth/${request.namespace}/${request.name}`),
      }
      const assignment = await node
        .addPod(wire, request.uid, request.address)
        .catch(async (error: unknown) => {
          await removeTree(bare.directory)
          throw error
        })
      try {
        const set = await createSet(node.guests, sysctls, {
          name: `${request.namespace}/${request.name}`,
          hostname: request.hostname,
          root,
          files: filesAt(assignment.address),
          network: openNamedNetwork(node.set, wire.netns),
          processes: { under: node.set.pid, own: true },
          ...place,
        })
        sandboxes.set(request.uid, { set, node, wire, groups: new Map() })
        return { uid: request.uid, address: assignment.address, pid: set.pid, ended: set.ended }
      } catch (error) {
        await node.removePod(wire, request.uid)
        throw error
      }
    },
    async remove(uid, again = false) {
      const sandbox = sandboxes.get(uid)
      if (sandbox) {
        sandboxes.delete(uid)
        await sandbox.set.end()
        for (const group of sandbox.groups.values()) group.remove()
        // What a node had wired went with the node.
        if (sandbox.wire && !sandbox.node.ended) await sandbox.node.removePod(sandbox.wire, uid)
      }
      if (!again) await removeTree(keptDirectory(uid))
    },
    writeVolume(uid, volume, files) {
      if (sandboxes.has(uid)) writeVolumeFiles(join(labDirectory, 'sandbox', `pod-${uid}`), volume, files)
    },
    spawn(uid, process: ProcessRequest) {
      const { set, groups } = find(uid)
      const { limits } = process
      if (limits === undefined || limiting === null) return spawnInside(set, process)
      const { container } = limits
      const group = groups.get(container) ?? makeContainerGroup(limiting, `${uid}.${container}`, limits)
      groups.set(container, group)
      return spawnInside(set, process, group.joins)
    },
    outOfMemory: (uid, container) => sandboxes.get(uid)?.groups.get(container)?.outOfMemory() ?? 0,
    connect: (uid, port) => connect(find(uid).set, port),
  }
}

/** A sandbox's namespaces with these settings in them; nothing of it is left when that fails. */
async function createSet(
  guests: Guests,
  sysctls: readonly SandboxSysctl[],
  request: NamespaceRequest,
): Promise<NamespaceSet> {
  const set = await createNamespaces(guests, request)
  try {
    await setSysctls(set, sysctls)
    return set
  } catch (error) {
    await set.end()
    throw error
  }
}

/**
 * What of a node is made for a pod where it is not there: by the kubelet (HostPathType), and a directory by containerd where the type is
 * not said (pkg/cri/opts/spec_linux_opts.go, WithMounts).
 */
async function makeNodePaths(node: LiveNode, volumes: readonly SandboxVolume[]): Promise<void> {
  for (const volume of volumes) {
    const make = volume.kind === 'node' ? makers.get(volume.type) : undefined
    if (volume.kind !== 'node' || make === undefined || isOnNode(node.set, volume.path)) continue
    const argv = ['sh', '-c', make, 'sh', volume.path] as const
    try {
      await node.shell.apply([{ kind: 'run', why: 'a volume', argv }])
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new SandboxError('volume', `${mountFailed} "${volume.name}" : ${why}`, { cause: error })
    }
  }
}

const makeDirectory = 'mkdir -p -- "$1"'
const makers: ReadonlyMap<string, string> = new Map([
  ['', makeDirectory],
  ['DirectoryOrCreate', makeDirectory],
  ['FileOrCreate', ': > "$1"'],
])

/** The words that mount these step by step, with the list of them beside the sandbox's root. */
function carefully(directory: string, mounts: readonly CarefulMount[]): readonly string[] {
  mkdirSync(directory, { recursive: true })
  const list = join(directory, 'mounts.json')
  writeFileSync(list, JSON.stringify(mounts))
  return [
    `${programRoot}/node`,
    `${programRoot}/dist/lab/namespaces/mount-volumes.js`,
    join(directory, 'root'),
    list,
  ]
}

/** Kubernetes has checked these already; they reach file names and shell words here, so they are checked again. */
function check(request: SandboxRequest): void {
  const label = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
  for (const [what, value] of [
    ['uid', request.uid],
    ['namespace', request.namespace],
    ['name', request.name],
    ['host name', request.hostname],
  ] as const)
    if (!label.test(value))
      throw new SandboxError('failed', `not a ${what} that a sandbox can have: ${JSON.stringify(value)}`)
  checkSysctls(request)
}

/** Where a pod's empty directories are, for as long as it lives. */
const keptDirectory = (uid: string): string => join(labDirectory, 'kept', `pod-${uid}`)

/** A TCP connection made inside the sandbox, carried over a process's standard input and output. */
function connect(set: NamespaceSet, port: number): ReturnType<Sandboxes['connect']> {
  return new Promise((resolve, reject) => {
    const [enter = '', ...words] = connectedInside(set, port)
    const child = spawn(enter, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    let said = ''
    let open = false
    child.once('error', reject)
    child.stdin.on('error', () => undefined)
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      if (open || !said.startsWith('\n')) return
      open = true
      resolve({
        readable: child.stdout,
        writable: child.stdin,
        close() {
          // Who carries each way shares its group.
          if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
        },
      })
    })
    child.once('exit', () => {
      if (!open) reject(new SandboxError('failed', `dial tcp 127.0.0.1:${port}: connect: connection refused`))
    })
  })
}
