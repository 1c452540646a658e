import type { Agents } from '../../cluster/agent/agent.ts'
import type { ClusterFacts, PodFacts } from '../../kubernetes/facts.ts'
import { findNamespaceScript, foundNamespace } from '../../cluster/collect/find-namespace-script.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import type { Fault, PodWanted } from '../../lab/fault/fault.ts'
import { withFunctions } from '../../lab/fault/script.ts'

/** What a node's own tables say of its pods. */
export interface NodeView {
  /** Addresses of pods on a later ENI: a rule sends what comes from them to a table of its own. */
  readonly laterEni: ReadonlySet<string>
  /** Whether the node has a later ENI at all. */
  readonly hasLaterEni: boolean
  /** A pod's address → the node's end of its wire. */
  readonly veths: ReadonlyMap<string, string>
}

/** The pod that will suffer, and the one that it speaks with. */
export interface Victim {
  readonly node: string
  readonly nodeAddress: string
  readonly pod: PodFacts
  readonly peer: PodFacts
  /** Another pod of the same node. */
  readonly neighbour: PodFacts | null
  readonly veth: string
  /** The address of the cluster's DNS. */
  readonly service: string
}

const look =
  'ip -4 rule show; echo; ip -4 route show table main; echo; ip -4 route show table 2 2>/dev/null; true'

export async function viewNodes(agents: Agents): Promise<ReadonlyMap<string, NodeView>> {
  const views = await Promise.all(
    [...agents.byNode].map(async ([name, agent]): Promise<[string, NodeView]> => {
      const { stdout } = await agent.runner.run(['sh', '-c', look], { timeoutMs: 15_000 })
      return [name, viewOf(stdout)]
    }),
  )
  return new Map(views)
}

export function viewOf(printed: string): NodeView {
  const [rules = '', routes = '', second = ''] = printed.split('\n\n')
  return {
    laterEni: new Set([...rules.matchAll(/^1536:\s+from (\S+) lookup \d+/gm)].map((found) => found[1] ?? '')),
    hasLaterEni: second.includes('default'),
    veths: new Map(
      [...routes.matchAll(/^(\d+\.\d+\.\d+\.\d+) dev (eni\S+) scope link/gm)].map((found) => [
        found[1] ?? '',
        found[2] ?? '',
      ]),
    ),
  }
}

/** Why there is no pod that a fault can be shown on. */
export type NoVictim =
  { readonly kind: 'no-pod'; readonly pod: string | null } | { readonly kind: 'no-later-eni' | 'none-suits' }

/** A pod that the fault can be shown on, the tutorial's own first; or why there is none. */
export function chooseVictim(
  fault: Fault,
  facts: Pick<ClusterFacts, 'nodes' | 'pods' | 'services'>,
  views: ReadonlyMap<string, NodeView>,
  wanted: string | undefined,
): Victim | { readonly problem: NoVictim } {
  const pods = facts.pods
    .filter((pod) => !pod.hostNetwork && pod.phase === 'Running' && pod.ready && pod.addresses.length > 0)
    .toSorted((one, other) => rank(one) - rank(other))
  const asked = wanted === undefined ? pods : pods.filter((pod) => isCalled(pod, wanted))
  if (asked.length === 0) return { problem: { kind: 'no-pod', pod: wanted ?? null } }
  const service = facts.services.find(({ namespace, name }) => `${namespace}/${name}` === dnsService)
  for (const pod of asked) {
    const view = views.get(pod.node ?? '')
    const address = pod.addresses[0] ?? ''
    const veth = view?.veths.get(address)
    const node = facts.nodes.find((one) => one.name === pod.node)
    const peer = pods.find((one) => one.node !== pod.node)
    const neighbour = pods.find((one) => one.node === pod.node && one !== pod) ?? null
    if (!view || veth === undefined || !node || !peer) continue
    if (fault.trial.to === 'neighbour' && !neighbour) continue
    if (
      !suits(
        fault.pod,
        address,
        view,
        pods.filter((one) => one.node === pod.node),
      )
    )
      continue
    const nodeAddress = node.internalAddresses[0] ?? ''
    return { node: node.name, nodeAddress, pod, peer, neighbour, veth, service: service?.addresses[0] ?? '' }
  }
  return { problem: { kind: fault.pod === 'later-eni' ? 'no-later-eni' : 'none-suits' } }
}

const dnsService = 'kube-system/kube-dns'

function suits(wanted: PodWanted, address: string, view: NodeView, beside: readonly PodFacts[]): boolean {
  const later = view.laterEni.has(address)
  switch (wanted) {
    case 'any':
      return true
    case 'first-eni':
      return !later
    case 'later-eni':
      return later
    case 'beside-later-eni':
      return !later && view.hasLaterEni
    case 'far-from-dns':
      return beside.every((one) => one.labels['k8s-app'] !== 'kube-dns')
  }
}

const rank = (pod: PodFacts): number => (pod.labels['app'] === 'netshoot-pod' ? 0 : 1)
const isCalled = (pod: PodFacts, wanted: string): boolean =>
  `${pod.namespace}/${pod.name}` === wanted || (pod.namespace === 'default' && pod.name === wanted)

const names = 'POD PEER NEIGHBOUR NODE SERVICE VETH'
const given = names
  .split(' ')
  .map((name, i) => `${name}=$${i + 1}`)
  .join(' ')
const inNode = `PATH=$PATH:/usr/sbin:/sbin ${given}; export PATH ${names}; exec sh -e -c "$7"`
const inPod = `${findNamespaceScript}
${given}; export ${names}
find_namespaces
find_pid "$POD" -
[ "$pid" ] || { echo "$why" >&2; exit 3; }
exec nsenter --net=${foundNamespace} sh -e -c "$7"
`

/** Where a script runs, and what it is told. */
export type ScriptTarget = Victim | { readonly node: string; readonly address: string }

/** Does a fault, and returns what undoes it. Rejects with a LabError that has its complaint. */
export const runFault = (
  agents: Agents,
  at: 'node' | 'pod',
  victim: Victim,
  script: string,
): Promise<string> => runScript(agents, at, victim, withFunctions(script))

/** Runs a line of sh where it belongs and returns what it printed. Rejects with a LabError that has its complaint. */
export async function runScript(
  agents: Agents,
  at: 'node' | 'pod',
  target: ScriptTarget,
  script: string,
): Promise<string> {
  const agent = agents.byNode.get(target.node)
  if (!agent) throw new LabError({ kind: 'no-agent', node: target.node })
  const ran = await agent.runner.run(
    ['sh', '-c', at === 'node' ? inNode : inPod, 'podpath', ...wordsFor(target), script],
    { timeoutMs: 15_000 },
  )
  if (ran.exit !== 0)
    throw new LabError({
      kind: 'script-failed',
      node: target.node,
      said: (ran.stderr.trim().split('\n')[0] ?? '') || `exit ${ran.exit}`,
    })
  return ran.stdout.trim()
}

function wordsFor(target: ScriptTarget): readonly string[] {
  if ('address' in target) return [target.address, '', '', '', '', '']
  const { pod, peer, neighbour, nodeAddress, service, veth } = target
  const [of, to, beside] = [pod, peer, neighbour].map((one) => one?.addresses[0] ?? '')
  return [of ?? '', to ?? '', beside ?? '', nodeAddress, service, veth]
}
