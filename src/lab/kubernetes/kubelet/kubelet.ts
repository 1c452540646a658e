import type { Sandboxes } from '../../sandbox.ts'
import type { Clock } from '../clock.ts'
import { recorder } from '../events.ts'
import { isNodeReady, nodeAddress } from '../objects/node.ts'
import { isFinished, type Pod } from '../objects/pod.ts'
import { sysctlRefusal } from '../objects/sysctl.ts'
import { type Random } from '../random.ts'
import { limitsOf } from './containers/container-limits.ts'
import { configMaps, nodes, pods, secrets, serviceAccounts, services } from '../resources.ts'
import { badRequest, StatusError } from '../status.ts'
import type { Store } from '../store.ts'
import type { AccountToken } from '../tokens.ts'
import { boundTokenSeconds } from '../admission/service-account-volume.ts'
import type { Programs } from './containers/images.ts'
import type { ClusterDns } from './pod-files.ts'
import { PodWorker } from './pod-worker.ts'
import { Refusals } from './refuse-pod.ts'
import type { Runtime } from './runtime.ts'

export interface KubeletOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly sandboxes: Sandboxes
  readonly programs: Programs
  readonly dns: ClusterDns
  addressFor(pod: Pod): string | undefined
  /** Signs a service account's token. */
  issueToken(token: AccountToken): string
}

export interface Kubelet {
  readonly runtime: Runtime
  /** A node is gone, and its kubelet and everything on it with it. */
  lose(node: string): void
  /** Ends all pods' processes and removes all sandboxes; the objects stay. */
  stop(): Promise<void>
}

/** Seconds: the API server extends the tokens that every pod gets (--service-account-extend-token-expiration). */
const extendedSeconds = 365 * 86_400

/** The kubelets of all nodes in one: brings up the pods that are bound to a node and ends those that are deleted. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { store, clock, sandboxes } = options
  const workers = new Map<string, PodWorker>()
  const refusals = new Refusals(store, clock)
  let stopped = false

  const begin = (pod: Pod): void => {
    const node = store.find(nodes, undefined, pod.spec.nodeName ?? '')
    if (node === undefined || !isNodeReady(node)) return
    const record = recorder(store, clock, 'kubelet', node.metadata.name)
    const refusal = sysctlRefusal(pod.spec)
    if (refusal !== null) {
      refusals.refuse(pod, 'SysctlForbidden', refusal, record)
      return
    }
    const worker = new PodWorker(pod, {
      ...options,
      record,
      nodeAddress: nodeAddress(node, 'InternalIP') ?? '',
      sources: (of) => ({
        ...sourcesOf(of.metadata.namespace),
        token: (audience, seconds) => tokenOf(of, audience, seconds),
      }),
    })
    workers.set(pod.metadata.uid, worker)
    void worker.start()
  }
  const sourcesOf = (namespace: string | undefined) => ({
    configMap: (name: string) => store.find(configMaps, namespace, name),
    secret: (name: string) => store.find(secrets, namespace, name),
    services: [
      ...store.list(services, namespace),
      ...(namespace === 'default' ? [] : store.list(services, 'default')).filter(
        (one) => one.metadata.name === 'kubernetes',
      ),
    ],
  })
  const tokenOf = (pod: Pod, audience: string | undefined, seconds: number): string => {
    const { namespace = 'default', name, uid } = pod.metadata
    const account = pod.spec.serviceAccountName ?? 'default'
    const issuedAt = Math.floor(clock.now() / 1000)
    return options.issueToken({
      namespace,
      account,
      accountUid: store.find(serviceAccounts, namespace, account)?.metadata.uid ?? '',
      pod: { name, uid },
      audiences: audience === undefined ? [] : [audience],
      issuedAt,
      expiresAt: issuedAt + (seconds === boundTokenSeconds ? extendedSeconds : seconds),
    })
  }

  const consider = (pod: Pod): void => {
    if (stopped || pod.spec.nodeName === undefined || pod.spec.nodeName === '') return
    const worker = workers.get(pod.metadata.uid)
    if (worker !== undefined) worker.update(pod)
    else if (pod.metadata.deletionTimestamp !== undefined) store.remove(pods, pod)
    else if (!isFinished(pod)) begin(pod)
  }

  const unsubscribe = [
    store.subscribe(pods, ({ type, object }) => {
      if (type !== 'DELETED') {
        consider(object)
        return
      }
      const worker = workers.get(object.metadata.uid)
      workers.delete(object.metadata.uid)
      void worker?.abandon()
    }),
    store.subscribe(nodes, ({ type, object }) => {
      if (type === 'DELETED') return
      for (const pod of store.list(pods)) if (pod.spec.nodeName === object.metadata.name) consider(pod)
    }),
  ]
  for (const pod of store.list(pods)) consider(pod)
  const refresh = (namespace: string | undefined): void => {
    for (const worker of workers.values()) if (worker.namespace === namespace) worker.refreshVolumes()
  }
  unsubscribe.push(
    store.subscribe(configMaps, ({ object, type }) => {
      if (type === 'MODIFIED') refresh(object.metadata.namespace)
    }),
    store.subscribe(secrets, ({ object, type }) => {
      if (type === 'MODIFIED') refresh(object.metadata.namespace)
    }),
  )

  const workerOf = (pod: Pod): PodWorker => {
    const worker = workers.get(pod.metadata.uid)
    if (worker === undefined) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
    refuseLost(worker)
    return worker
  }
  const running = (pod: Pod, container: string): PodWorker => {
    const worker = workerOf(pod)
    if (!worker.containers.isRunning(container)) {
      throw new StatusError(
        'InternalError',
        `unable to upgrade connection: container not found ("${container}")`,
      )
    }
    return worker
  }

  const runtime: Runtime = {
    assertRunning(pod, container) {
      running(pod, container)
    },
    exec(pod, name, argv, tty) {
      const worker = running(pod, name)
      const container = containerOf(pod, name)
      const securityContext = container?.securityContext
      return sandboxes.spawn(pod.metadata.uid, {
        argv,
        env: {
          ...(container === undefined ? {} : worker.containers.environment(container)),
          ...(tty === undefined ? {} : { TERM: 'xterm' }),
        },
        ...(container?.workingDir === undefined ? {} : { cwd: container.workingDir }),
        ...(tty === undefined ? {} : { tty }),
        capabilities: {
          add: securityContext?.capabilities?.add ?? [],
          privileged: securityContext?.privileged === true,
        },
        ...(container === undefined ? {} : limitsOf(container)),
      })
    },
    attach(pod, container) {
      const run = running(pod, container).containers.run(container)
      if (run === undefined) throw badRequest(`container ${container} is not running`)
      return run
    },
    log(pod, container, previous) {
      const worker = workers.get(pod.metadata.uid)
      refuseLost(worker)
      const run = previous ? worker?.containers.previousRun(container) : worker?.containers.run(container)
      if (run !== undefined) return run.log
      if (previous) {
        throw badRequest(
          `previous terminated container "${container}" in pod "${pod.metadata.name}" not found`,
        )
      }
      const waiting = pod.status?.containerStatuses?.find(({ name }) => name === container)?.state.waiting
        ?.reason
      throw badRequest(
        `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${waiting ?? 'ContainerCreating'}`,
      )
    },
    sandboxPid: (pod) => workers.get(pod.metadata.uid)?.sandboxPid,
    async connect(pod, port) {
      refuseLost(workers.get(pod.metadata.uid))
      return sandboxes.connect(pod.metadata.uid, port)
    },
  }

  return {
    runtime,
    lose(node) {
      for (const worker of workers.values()) if (worker.node === node) worker.lose()
    },
    async stop() {
      stopped = true
      for (const stop of unsubscribe) stop()
      await Promise.all([...workers.values()].map((worker) => worker.abandon()))
      workers.clear()
    },
  }
}

/** The API server's words for a kubelet that does not answer it. */
function refuseLost(worker: PodWorker | undefined): void {
  const address = worker?.lostAt
  if (typeof address === 'string')
    throw new StatusError(
      'InternalError',
      `error dialing backend: dial tcp ${address}:10250: connect: no route to host`,
    )
}

const containerOf = ({ spec }: Pod, name: string) =>
  [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].find(
    (container) => container.name === name,
  )
