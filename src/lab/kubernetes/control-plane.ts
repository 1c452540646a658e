import type { Sandboxes } from '../sandbox.ts'
import { type Api, createApi } from './api/create-api.ts'
import { bootstrap, bootstrapNamespaces, type BootstrapOptions } from './bootstrap/bootstrap.ts'
import { type Clock, systemClock } from './clock.ts'
import { startDaemonSetController } from './controllers/daemon-set.ts'
import { startDeploymentController } from './controllers/deployment.ts'
import { startDisruptionController } from './controllers/disruption.ts'
import { startEndpointSliceController } from './controllers/endpoint-slice.ts'
import { startGarbageCollector } from './controllers/garbage-collector.ts'
import { startNamespaceController } from './controllers/namespace.ts'
import { startNodeLeases } from './controllers/node-lease.ts'
import { startNodeLifecycle } from './controllers/node-lifecycle.ts'
import { loseNode } from './controllers/node-loss.ts'
import { startReplicaSetController } from './controllers/replica-set.ts'
import { startScheduler } from './controllers/scheduler.ts'
import type { Surroundings } from './controllers/surroundings.ts'
import type { DnsZone } from './dns-zone.ts'
import { recorder } from './events.ts'
import type { Programs } from './kubelet/containers/images.ts'
import { startKubelet } from './kubelet/kubelet.ts'
import type { Runtime } from './kubelet/runtime.ts'
import { type NetworkPlugin, startNetworkPluginPublisher } from './network-plugin.ts'
import { NodeJournals } from './node/journal.ts'
import { isReady } from './objects/pod.ts'
import type { Pki } from './pki.ts'
import { createPlacements, type Placement } from './placement.ts'
import { seededRandom } from './random.ts'
import { daemonSets, deployments, pods, serviceAccounts } from './resources.ts'
import { type ServiceProxy, startServicePublisher } from './service-proxy.ts'
import { Store } from './store.ts'
import { AccountTokens, administrator, firstOf, fixedTokens, type TokenAuthenticator } from './tokens.ts'

export interface ControlPlaneOptions extends BootstrapOptions {
  readonly sandboxes: Sandboxes
  readonly pki: Pki
  /** The administrator's bearer token. */
  readonly token: string
  /** Know tokens beside that one and those of service accounts, such as `aws eks get-token`'s. */
  readonly authenticators?: readonly TokenAuthenticator[]
  /** Names and uids follow from it. */
  readonly seed: number
  readonly programs: Programs
  /** Places that the lab's plan keeps for pods. */
  readonly placements?: readonly Placement[]
  /** Names and addresses by which the API server is reached, beside loopback and its cluster address. */
  readonly hosts?: readonly string[]
  readonly serviceProxy?: ServiceProxy
  readonly networkPlugin?: NetworkPlugin
  readonly onDnsZone?: (zone: DnsZone) => void
  /** Told of what goes wrong inside; nothing stops because of it. */
  readonly onError: (error: unknown) => void
  /** The VPC's resolver; the second address of the VPC. */
  readonly resolver: string
  readonly clock?: Clock
}

export interface ControlPlane {
  readonly api: Api
  readonly store: Store
  /** The kubelets' side: what runs in the pods. */
  readonly runtime: Runtime
  /** What the kubelets did. */
  readonly journals: NodeJournals
  /** Settles when every pod of the bootstrapped workloads is ready. */
  readonly ready: Promise<void>
  /** A node is gone: its kubelet is silent from now on, and what ran there is lost. */
  nodeEnded(name: string): void
  /** Ends watches, sessions, controllers and all pods. */
  stop(): Promise<void>
}

/** A Kubernetes control plane and the kubelets of its nodes, in this process, over the sandboxes given. */
export function startControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { sandboxes, pki, settings } = options
  const clock = options.clock ?? systemClock
  const random = seededRandom(options.seed)
  const store = new Store({ clock, random: seededRandom(options.seed + 1) })
  const around: Surroundings = {
    store,
    clock,
    random,
    recorder: (component) => recorder(store, clock, component),
    failed: options.onError,
  }
  const journals = new NodeJournals(store, clock)
  const placements = createPlacements(options.placements ?? [])

  bootstrapNamespaces(around)
  const accounts = new AccountTokens(
    pki.tokenKey,
    () => clock.now(),
    ({ namespace, account, uid }) => {
      return store.find(serviceAccounts, namespace, account)?.metadata.uid === uid
    },
  )
  const kubelet = startKubelet({
    store,
    clock,
    // Its own sequence: when containers start does not change the names that controllers give.
    random: seededRandom(options.seed + 2),
    sandboxes,
    programs: options.programs,
    dns: {
      server: '10.100.0.10',
      domain: 'cluster.local',
      nodeSearches: [`${settings.region}.compute.internal`],
      nodeServer: options.resolver,
    },
    addressFor: (pod) => placements.addressFor(pod),
    issueToken: (token) => accounts.issue(token),
  })
  const controllers = [
    startNamespaceController(around, pki.certificateAuthority),
    startGarbageCollector(around),
    startScheduler(around, (pod) => placements.nodeFor(pod)),
    startDeploymentController(around),
    startReplicaSetController(around),
    startDaemonSetController(around),
    startEndpointSliceController(around),
    startDisruptionController(around),
    startNodeLeases(around),
    startNodeLifecycle(around),
    startServicePublisher(around, options.serviceProxy, options.onDnsZone),
    startNetworkPluginPublisher(around, options.networkPlugin),
  ]
  bootstrap(around, options)
  const api = createApi({
    store,
    clock,
    random,
    runtime: kubelet.runtime,
    tokens: firstOf(
      fixedTokens([{ token: options.token, user: administrator }]),
      accounts,
      ...(options.authenticators ?? []),
    ),
    issueToken: (token) => accounts.issue(token),
    version: settings.kubernetesVersion,
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
  })
  return {
    api,
    store,
    runtime: kubelet.runtime,
    journals,
    ready: settled(store),
    nodeEnded(name) {
      kubelet.lose(name)
      loseNode(around, name)
    },
    async stop() {
      api.stop()
      journals.stop()
      for (const controller of controllers) controller.stop()
      await kubelet.stop()
    },
  }
}

/** Settles when every Deployment and DaemonSet has all its pods ready. */
function settled(store: Store): Promise<void> {
  const done = (): boolean =>
    store
      .list(deployments)
      .every(
        ({ spec, status, metadata }) =>
          status?.observedGeneration === metadata.generation && status?.readyReplicas === spec.replicas,
      ) &&
    store
      .list(daemonSets)
      .every(
        ({ status, metadata }) =>
          status?.observedGeneration === metadata.generation &&
          status?.numberReady === status?.desiredNumberScheduled,
      ) &&
    store.list(pods).every(isReady)
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const look = (): void => {
      if (!done()) return
      for (const stop of stops.splice(0)) stop()
      resolve()
    }
    stops.push(
      store.subscribe(deployments, look),
      store.subscribe(daemonSets, look),
      store.subscribe(pods, look),
    )
    look()
  })
}
