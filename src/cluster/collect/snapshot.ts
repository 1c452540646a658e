import pMap from 'p-map'
import type { Bundle, BundleStack } from '../../bundle/bundle.ts'
import { stackDirectory } from '../../bundle/bundle.ts'
import { collect } from '../../exec/collect.ts'
import type { Gap } from '../../model/result/result.ts'
import { nodeStack, podStack } from '../../model/stack/stack-id.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { atOnce, type Agent, type Agents } from '../agent/agent.ts'
import { printable } from '../../edge/printable.ts'
import { recordEc2 } from '../aws/ec2.ts'
import type { Ec2Options } from '../aws/ec2.ts'
import { lists } from '../../kubernetes/facts.ts'
import type { ClusterFacts, ListName, PodFacts } from '../../kubernetes/facts.ts'
import { readComplaints, readParcels, sysctlText } from './read-parcels.ts'
import { agentError, reasonOf } from '../agent/reason.ts'
import { snapshotArgv } from './snapshot-script.ts'
import { shareable } from './shareable.ts'
import { eniWires, vethWires } from './wires.ts'
import type { StackLinks } from './wires.ts'
import { given } from '../../edge/given.ts'

export interface SnapshotRequest {
  /** The kubeconfig's context. */
  readonly source: string
  readonly facts: ClusterFacts
  readonly agents: Agents
  /** The pods whose stacks are wanted; absent is every pod with a stack of its own. */
  readonly pods?: readonly PodFacts[]
  /** Null: AWS is not asked, and the VPC is unknown. */
  readonly ec2: Ec2Options | null
  readonly created: Date
  /** Milliseconds for one node. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Octets of everything that one node says. */
const mostNodeOctets = 256 * 1024 * 1024
const defaultTimeout = 60_000

interface NodeRecording {
  readonly stacks: readonly BundleStack[]
  readonly links: readonly StackLinks[]
  readonly files: readonly (readonly [string, string])[]
  readonly gaps: readonly Gap[]
}

/**
 * Records the nodes, the pods on them, the Kubernetes lists and the VPC: one exec a node, many nodes at once.
 * What cannot be read becomes a gap of the bundle. Rejects only when it is aborted, with a ClusterError of code `aborted`.
 */
export async function takeSnapshot(request: SnapshotRequest): Promise<Bundle> {
  const { facts, agents, source } = request
  const [recorded, ec2] = await Promise.all([
    pMap(agents.byNode.values(), (agent) => recordNode(agent, request), { concurrency: atOnce }),
    request.ec2 === null
      ? { answers: new Map<string, unknown>(), gaps: [] }
      : recordEc2(facts.nodes, {
          ...request.ec2,
          ...given({ signal: request.signal }),
        }),
  ])
  const links = recorded.flatMap((node) => node.links)
  const files = new Map<string, string>(recorded.flatMap((node) => node.files))
  for (const [name, items] of facts.raw) files.set(`kubernetes/${name}.json`, listText(name, items))
  for (const [name, answer] of ec2.answers)
    files.set(`ec2/${name}.json`, `${JSON.stringify(answer, null, 2)}\n`)
  return {
    index: {
      version: 1,
      created: request.created.toISOString(),
      source,
      stacks: recorded.flatMap((node) => node.stacks),
      wires: [...vethWires(links), ...eniWires(links, ec2.answers.get('network-interfaces'))],
      gaps: [...agents.gaps, ...facts.gaps, ...recorded.flatMap((node) => node.gaps), ...ec2.gaps],
    },
    files,
  }
}

const listText = (name: ListName, items: readonly unknown[]): string => {
  const { apiVersion, kind } = lists[name]
  return `${JSON.stringify({ apiVersion, kind, items: items.map(shareable) }, null, 2)}\n`
}

/** Whether a pod has a network stack of its own that can be looked for now. */
const hasOwnStack = (pod: PodFacts, node: string): boolean =>
  pod.node === node && !pod.hostNetwork && pod.phase === 'Running' && ip4Of(pod) !== undefined

const ip4Of = (pod: PodFacts): string | undefined => pod.addresses.find((address) => !address.includes(':'))

async function recordNode(agent: Agent, request: SnapshotRequest): Promise<NodeRecording> {
  const node = nodeStack(agent.node)
  const pods = (request.pods ?? request.facts.pods).filter((pod) => hasOwnStack(pod, agent.node))
  const wanted = pods.map((pod) => ({ address: ip4Of(pod) ?? '', uid: pod.uid }))
  const ids = [node, ...pods.map((pod) => podStack(pod.namespace, pod.name))]
  let said
  try {
    said = await collect(agent.runner, snapshotArgv(wanted), {
      timeoutMs: request.timeoutMs ?? defaultTimeout,
      maxOutput: mostNodeOctets,
      ...given({ signal: request.signal }),
    })
  } catch (error) {
    if (request.signal?.aborted) throw agentError(`the snapshot of ${node}`, error)
    return {
      stacks: [],
      links: [],
      files: [],
      gaps: [{ at: node, what: 'snapshot', because: reasonOf(error) }],
    }
  }
  return readRecording(agent, ids, said.stdout, said.stderr)
}

/** What the snapshot script printed on one node → files. `ids` are the stacks in the order of the script's indexes. */
export function readRecording(
  { node, programs }: Pick<Agent, 'node' | 'programs'>,
  ids: readonly StackId[],
  stdout: Uint8Array,
  stderr: string,
): NodeRecording {
  const files: [string, string][] = []
  const links: StackLinks[] = []
  const gaps: Gap[] = []
  const seen = new Set<StackId>()
  const complaints = readComplaints(stderr)
  const { outputs, problem } = readParcels(stdout)
  if (problem !== null) gaps.push({ at: nodeStack(node), what: 'snapshot', because: problem })
  for (const { stack, name, exit, octets } of outputs) {
    const id = ids[stack]
    if (id === undefined) continue
    const said = octets.toString('utf8')
    if (name === '.absent') {
      gaps.push({ at: id, what: 'stack', because: printable(said) })
      continue
    }
    seen.add(id)
    if (failed(name, exit, said)) {
      // A program that the node lacks is told once, not for every pod on it; a dump of tables that are there is of this stack.
      if (exit === notFound && stack > 0 && !/-(legacy|nft)-save/.test(name)) continue
      gaps.push({
        at: id,
        what: fileName(name),
        because:
          exit === notFound
            ? programs.lack(programOf(name))
            : complaint(exit, complaints.get(`${stack} ${name}`)),
      })
      continue
    }
    // The other backend of iptables that says nothing has no tables.
    if (said === '' && /-(legacy|nft)-save/.test(name)) continue
    const text = name === 'sysctl' ? sysctlText(said) : said
    files.push([`${stackDirectory(id)}/${fileName(name)}`, text])
    if (name === 'link.json') links.push({ stack: id, node, linkJson: text })
  }
  const stacks = [...seen].map((id) => ({ id, dir: stackDirectory(id) }))
  return { stacks, links, files: withNodesBackend(files), gaps }
}

/**
 * The agent's iptables need not be the node's: where its own backend has no tables and the other has, the node uses
 * the other, and that is what its `iptables-save` would print.
 */
function withNodesBackend(
  files: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const all = new Map(files)
  for (const [path, text] of files) {
    const match = /^(.*\/ip6?tables-)(?:legacy|nft)-save\.txt$/.exec(path)
    const own = `${match?.[1] ?? ''}save.txt`
    if (!match || text === '' || all.get(own) !== '') continue
    all.set(own, text)
    all.delete(path)
  }
  return [...all]
}

const fileName = (name: string): string => (name === 'sysctl' ? 'sysctl.txt' : name)

/** grep exits 2 when one of its files is not there, which no kernel has all of. */
const failed = (name: string, exit: number, said: string): boolean =>
  exit !== 0 && !(name === 'sysctl' && said !== '')

/** The program that writes an output. */
const programOf = (name: string): string =>
  name === 'sysctl'
    ? 'grep'
    : (/^(ip6?tables(-nft|-legacy)?-save|ipset|nft|conntrack)/.exec(name)?.[0] ?? 'ip')

/** What a shell reports for a program that is not there. */
const notFound = 127
/** What a shell reports for a command that SIGXFSZ ended (signal(7)): it said more than it may. */
const tooLarge = 128 + 25

function complaint(exit: number, said: string | undefined): string {
  if (exit === tooLarge) return 'it is too large'
  return printable(said ?? `the command exited ${exit}`)
}
