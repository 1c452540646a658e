import { timestamp } from '../clock.ts'
import { controllerOf } from '../objects/meta.ts'
import { isNodeReady, type Node } from '../objects/node.ts'
import { isFinished, type Pod } from '../objects/pod.ts'
import { quantity } from '../quantity.ts'
import { nodes, pods } from '../resources.ts'
import { matchesSelector } from '../selector.ts'
import { matchesNode, requestsOf, untolerated } from './node-fit.ts'
import { type Controller, keyOf, splitKey, type Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

/** What stands on a node before a pod is put there. */
interface NodeLoad {
  readonly node: Node
  readonly pods: Pod[]
  /** How many pods of each controller, by its uid. */
  readonly owners: Map<string, number>
  cpu: number
  memory: number
}

/** Binds pods to nodes. `nodeFor` is the lab's own wish for a pod, followed where the pod fits. */
export function startScheduler(around: Surroundings, nodeFor: (pod: Pod) => string | undefined): Controller {
  const { store, clock } = around
  const record = around.recorder('default-scheduler')
  const waits = new Set<string>()
  // What stands where, kept up with the scheduler's own bindings and counted anew after anybody else's change.
  let counted: readonly NodeLoad[] | undefined
  let binding = false

  const bind = (pod: Pod, load: NodeLoad): void => {
    const name = load.node.metadata.name
    binding = true
    const bound = store.change(pods, pod, (current): Pod => ({
      ...current,
      spec: { ...current.spec, nodeName: name },
      status: {
        ...current.status,
        conditions: [
          {
            type: 'PodScheduled',
            status: 'True',
            lastProbeTime: null,
            lastTransitionTime: timestamp(clock.now()),
          },
        ],
      },
    }))
    binding = false
    if (bound === undefined) return
    place(bound, load)
    record(bound, {
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${keyOf(pod)} to ${name}`,
    })
  }

  const queue = workQueue((key) => {
    const { namespace, name } = splitKey(key)
    const pod = store.find(pods, namespace, name)
    if (pod === undefined || !needsNode(pod)) {
      waits.delete(key)
      return
    }
    counted ??= loadsOf(store.list(nodes), store.list(pods))
    const loads = counted
    const refused = new Map<string, number>()
    const fitting = loads.filter((load) => {
      const why = refusal(pod, load, loads)
      if (why !== undefined) refused.set(why, (refused.get(why) ?? 0) + 1)
      return why === undefined
    })
    const wish = nodeFor(pod)
    const chosen = fitting.find(({ node }) => node.metadata.name === wish) ?? best(pod, fitting)
    if (chosen !== undefined) {
      waits.delete(key)
      bind(pod, chosen)
      return
    }
    const message = refusalWords(loads.length, refused)
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message
    waits.add(key)
    if (known === message) return
    store.change(pods, pod, (current): Pod => ({
      ...current,
      status: {
        ...current.status,
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message,
            lastProbeTime: null,
            lastTransitionTime: timestamp(clock.now()),
          },
        ],
      },
    }))
    record(pod, { type: 'Warning', reason: 'FailedScheduling', message })
  }, around.failed)

  const retryWaiting = (): void => {
    for (const key of waits) queue.add(key)
  }
  const stops = [
    store.subscribe(pods, ({ type, object, previous }) => {
      const moved = object.spec.nodeName !== previous?.spec.nodeName
      const ended = previous !== undefined && isFinished(object) !== isFinished(previous)
      // A pod that stood nowhere leaves no room behind.
      const left = type === 'DELETED' && (object.spec.nodeName ?? '') !== ''
      if (left || ended || (moved && !binding)) counted = undefined
      if (type === 'DELETED') {
        waits.delete(keyOf(object))
        if (left) retryWaiting()
      } else if (needsNode(object)) {
        if (type === 'ADDED') queue.add(keyOf(object))
      } else if (isFinished(object) && previous !== undefined && !isFinished(previous)) retryWaiting()
    }),
    store.subscribe(nodes, () => {
      counted = undefined
      retryWaiting()
    }),
  ]
  for (const pod of store.list(pods)) if (needsNode(pod)) queue.add(keyOf(pod))
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}

const needsNode = (pod: Pod): boolean =>
  (pod.spec.nodeName ?? '') === '' &&
  pod.metadata.deletionTimestamp === undefined &&
  (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler'

function loadsOf(all: readonly Node[], placed: readonly Pod[]): readonly NodeLoad[] {
  const loads = new Map(
    all.map((node) => [
      node.metadata.name,
      { node, pods: [] as Pod[], owners: new Map<string, number>(), cpu: 0, memory: 0 },
    ]),
  )
  for (const pod of placed) {
    const load = loads.get(pod.spec.nodeName ?? '')
    if (load !== undefined && !isFinished(pod)) place(pod, load)
  }
  return [...loads.values()]
}

function place(pod: Pod, load: NodeLoad): void {
  const { cpu, memory } = requestsOf(pod)
  load.pods.push(pod)
  const owner = controllerOf(pod)?.uid
  if (owner !== undefined) load.owners.set(owner, (load.owners.get(owner) ?? 0) + 1)
  load.cpu += cpu
  load.memory += memory
}

/** Why a pod may not stand on a node, in the scheduler's own words (pkg/scheduler/framework/plugins). */
function refusal(pod: Pod, load: NodeLoad, loads: readonly NodeLoad[]): string | undefined {
  const { node } = load
  const taint = untolerated(pod, node)
  if (node.spec?.unschedulable === true && taint?.key !== 'node.kubernetes.io/unschedulable') {
    const bears = pod.spec.tolerations?.some(
      ({ key, operator }) =>
        operator === 'Exists' && ((key ?? '') === '' || key === 'node.kubernetes.io/unschedulable'),
    )
    if (bears !== true) return 'node(s) were unschedulable'
  }
  if (taint?.key === 'node.kubernetes.io/unschedulable') return 'node(s) were unschedulable'
  if (!isNodeReady(node)) return 'node(s) had untolerated taint {node.kubernetes.io/not-ready: }'
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  if (!matchesNode(pod, node)) return "node(s) didn't match Pod's node affinity/selector"
  const free = node.status?.allocatable ?? {}
  if (load.pods.length + 1 > Number(free['pods'] ?? 110)) return 'Too many pods'
  const { cpu, memory } = requestsOf(pod)
  if (cpu > 0 && load.cpu + cpu > quantity(free['cpu'] ?? '0') + 1e-9) return 'Insufficient cpu'
  if (memory > 0 && load.memory + memory > quantity(free['memory'] ?? '0')) return 'Insufficient memory'
  if (hostPortTaken(pod, load.pods)) return "node(s) didn't have free ports for the requested pod ports"
  if (violatesAntiAffinity(pod, load, loads)) return "node(s) didn't match pod anti-affinity rules"
  if (violatesAffinity(pod, load, loads)) return "node(s) didn't match pod affinity rules"
  if (violatesSpread(pod, load, loads)) return "node(s) didn't match pod topology spread constraints"
  return undefined
}

const hostPorts = ({ spec }: Pod): readonly string[] =>
  spec.containers.flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ containerPort, hostPort, protocol }) => {
      const port = hostPort ?? (spec.hostNetwork === true ? containerPort : undefined)
      return port === undefined || port === 0 ? [] : [`${String(port)}/${protocol ?? 'TCP'}`]
    }),
  )

function hostPortTaken(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod)
  return wanted.length > 0 && others.some((other) => hostPorts(other).some((port) => wanted.includes(port)))
}

const domain = (load: NodeLoad, key: string): string | undefined => load.node.metadata.labels?.[key]

const podsInDomain = (load: NodeLoad, key: string, loads: readonly NodeLoad[]): readonly Pod[] => {
  const value = domain(load, key)
  return value === undefined
    ? []
    : loads.filter((one) => domain(one, key) === value).flatMap((one) => one.pods)
}

function violatesAntiAffinity(pod: Pod, load: NodeLoad, loads: readonly NodeLoad[]): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.some(({ labelSelector, topologyKey, namespaces }) =>
    podsInDomain(load, topologyKey, loads).some(
      (other) =>
        (namespaces ?? [pod.metadata.namespace]).includes(other.metadata.namespace ?? '') &&
        matchesSelector(labelSelector, other.metadata.labels),
    ),
  )
}

function violatesAffinity(pod: Pod, load: NodeLoad, loads: readonly NodeLoad[]): boolean {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.some(({ labelSelector, topologyKey, namespaces }) => {
    const fits = (other: Pod): boolean =>
      (namespaces ?? [pod.metadata.namespace]).includes(other.metadata.namespace ?? '') &&
      matchesSelector(labelSelector, other.metadata.labels)
    if (podsInDomain(load, topologyKey, loads).some(fits)) return false
    // The first of a group that wants to be near itself may stand anywhere.
    const any = loads.some((one) => one.pods.some(fits))
    return any || !matchesSelector(labelSelector, pod.metadata.labels)
  })
}

function violatesSpread(pod: Pod, load: NodeLoad, loads: readonly NodeLoad[]): boolean {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  )
  return constraints.some(({ maxSkew, topologyKey, labelSelector, nodeTaintsPolicy }) => {
    const here = domain(load, topologyKey)
    if (here === undefined) return true
    const counted =
      nodeTaintsPolicy === 'Honor'
        ? loads.filter(
            (one) => one.node.spec?.unschedulable !== true && untolerated(pod, one.node) === undefined,
          )
        : loads
    const counts = spreadCounts(pod, topologyKey, labelSelector, counted)
    return (counts.get(here) ?? 0) + 1 - Math.min(...counts.values()) > maxSkew
  })
}

function spreadCounts(
  pod: Pod,
  key: string,
  selector: Parameters<typeof matchesSelector>[0],
  loads: readonly NodeLoad[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const load of loads) {
    const value = domain(load, key)
    if (value === undefined || !matchesNode(pod, load.node)) continue
    const fitting = load.pods.filter(
      (other) =>
        other.metadata.namespace === pod.metadata.namespace &&
        other.metadata.deletionTimestamp === undefined &&
        matchesSelector(selector, other.metadata.labels),
    )
    counts.set(value, (counts.get(value) ?? 0) + fitting.length)
  }
  return counts
}

/**
 * The node with the fewest pods of the same owner, then with the fewest pods that matter for a soft spread, then with
 * the fewest pods; the first by name among equals. A simple form of the real scheduler's scores, and a steady one.
 */
function best(pod: Pod, fitting: readonly NodeLoad[]): NodeLoad | undefined {
  const owner = controllerOf(pod)?.uid
  const avoided = pod.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const cost = (load: NodeLoad): readonly number[] => [
    avoided.reduce(
      (sum, { weight, podAffinityTerm }) =>
        sum +
        (load.pods.some((other) => matchesSelector(podAffinityTerm.labelSelector, other.metadata.labels))
          ? weight
          : 0),
      0,
    ),
    owner === undefined ? 0 : (load.owners.get(owner) ?? 0),
    load.pods.length,
  ]
  return fitting
    .map((load) => ({ load, cost: cost(load) }))
    .sort((a, b) => {
      const at = a.cost.findIndex((value, index) => value !== b.cost[index])
      return at < 0 ? 0 : (a.cost[at] ?? 0) - (b.cost[at] ?? 0)
    })[0]?.load
}

/** `0/3 nodes are available: 3 Too many pods. preemption: …`, as FitError words it. */
function refusalWords(total: number, refused: ReadonlyMap<string, number>): string {
  if (total === 0) return 'no nodes available to schedule pods'
  const reasons = [...refused].map(([why, count]) => `${String(count)} ${why}`).sort()
  const helpless = [...refused]
    .filter(([why]) => why.startsWith('node(s)') && why !== "node(s) didn't match pod anti-affinity rules")
    .reduce((sum, [, count]) => sum + count, 0)
  const hopeless = total - helpless
  const preemption = [
    ...(hopeless > 0 ? [`${String(hopeless)} No preemption victims found for incoming pod`] : []),
    ...(helpless > 0 ? [`${String(helpless)} Preemption is not helpful for scheduling`] : []),
  ]
  const head = `0/${String(total)} nodes are available`
  return `${head}: ${reasons.join(', ')}. preemption: ${head}: ${preemption.join(', ')}.`
}
