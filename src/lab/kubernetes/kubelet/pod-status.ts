import type { Condition } from '../objects/meta.ts'
import type { Container, ContainerState, ContainerStatus, Pod, PodPhase, PodStatus } from '../objects/pod.ts'

/** What is known of one container. */
export interface ContainerRecord {
  readonly state: ContainerState
  readonly lastState: ContainerState
  readonly restartCount: number
  readonly ready: boolean
  readonly started: boolean
  readonly containerID?: string
}

/** What is known of a pod on its node; a pod's status follows from it alone. */
export interface PodFacts {
  readonly hostIP: string
  readonly startTime: string
  /** Absent while there is no sandbox. */
  readonly podIP?: string
  readonly containers: ReadonlyMap<string, ContainerRecord>
  /** All init containers have ended well. */
  readonly initialized: boolean
  /** Set when the pod is over for another reason than its containers'. */
  readonly failed?: { readonly reason: string; readonly message: string }
}

const waiting = (reason: string): ContainerRecord => ({
  state: { waiting: { reason } },
  lastState: {},
  restartCount: 0,
  ready: false,
  started: false,
})

/** The status that the kubelet reports. Conditions keep their transition time while they do not change. */
export function podStatus(pod: Pod, facts: PodFacts, now: string): PodStatus {
  const phase = phaseOf(pod, facts)
  const over = phase === 'Succeeded' || phase === 'Failed'
  const inits = pod.spec.initContainers ?? []
  const blocked = inits.length > 0 && !facts.initialized
  const main = pod.spec.containers.map((container) =>
    statusOf(
      container,
      facts.containers.get(container.name) ?? waiting(blocked ? 'PodInitializing' : 'ContainerCreating'),
    ),
  )
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name)
  const incomplete = inits
    .map(({ name }) => name)
    .filter((name) => facts.containers.get(name)?.ready !== true)
  const notReady =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { reason: 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
  const ready = unready.length === 0 && !blocked && !over
  const conditions: Condition[] = [
    condition('PodReadyToStartContainers', facts.podIP !== undefined && !over),
    blocked
      ? condition('Initialized', false, {
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        })
      : condition('Initialized', true, phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}),
    condition('Ready', ready, ready ? {} : notReady),
    condition('ContainersReady', ready, ready ? {} : notReady),
    condition('PodScheduled', true),
  ]
  const before = pod.status?.conditions ?? []
  const ephemeral = (pod.spec.ephemeralContainers ?? []).map((container) =>
    statusOf(container, facts.containers.get(container.name) ?? waiting('ContainerCreating')),
  )
  return {
    phase,
    conditions: conditions.map((one) => {
      const old = before.find(({ type }) => type === one.type)
      const since = old?.status === one.status ? old.lastTransitionTime : undefined
      return { ...one, lastProbeTime: null, lastTransitionTime: since ?? now }
    }),
    ...(facts.failed === undefined ? {} : facts.failed),
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    ...(facts.podIP === undefined ? {} : { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] }),
    startTime: facts.startTime,
    ...(inits.length === 0
      ? {}
      : {
          initContainerStatuses: inits.map((container) =>
            statusOf(container, facts.containers.get(container.name) ?? waiting('PodInitializing')),
          ),
        }),
    containerStatuses: main,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
  }
}

const condition = (
  type: string,
  holds: boolean,
  why: { reason?: string; message?: string } = {},
): Condition => ({
  type,
  status: holds ? 'True' : 'False',
  ...why,
})

const statusOf = (container: Container, record: ContainerRecord): ContainerStatus => ({
  name: container.name,
  state: record.state,
  lastState: record.lastState,
  ready: record.ready,
  restartCount: record.restartCount,
  image: container.image ?? '',
  imageID: '',
  ...(record.containerID === undefined ? {} : { containerID: record.containerID }),
  started: record.started,
})

/** kubelet's getPhase: running while anything runs or will run again; then by how all have ended. */
function phaseOf(pod: Pod, facts: PodFacts): PodPhase {
  if (facts.failed !== undefined) return 'Failed'
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (!facts.initialized && (pod.spec.initContainers ?? []).length > 0) {
    const dead = (pod.spec.initContainers ?? []).some(({ name }) => {
      const code = facts.containers.get(name)?.state.terminated?.exitCode
      return policy === 'Never' && code !== undefined && code !== 0
    })
    return dead ? 'Failed' : 'Pending'
  }
  const states = pod.spec.containers.map(({ name }) => facts.containers.get(name))
  if (states.some((one) => one === undefined)) return 'Pending'
  const exits = states.map((one) => one?.state.terminated?.exitCode)
  if (exits.some((exit) => exit === undefined)) {
    const neverStarted = states.every(
      (one) => one?.state.waiting !== undefined && one.lastState.terminated === undefined,
    )
    return neverStarted ? 'Pending' : 'Running'
  }
  if (policy === 'Always') return 'Running'
  if (exits.every((exit) => exit === 0)) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}
