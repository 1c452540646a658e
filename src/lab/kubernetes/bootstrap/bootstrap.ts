import { createAdmitted, type Surroundings } from '../controllers/surroundings.ts'
import { nodeWords } from '../controllers/node-lifecycle.ts'
import type { Node } from '../objects/node.ts'
import type { EndpointSlice, Endpoints } from '../objects/service.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  daemonSets,
  deployments,
  endpoints,
  endpointSlices,
  namespaces,
  nodes,
  serviceAccounts,
  services,
} from '../resources.ts'
import { eksConfiguration } from './eks-configuration.ts'
import { showEks } from './shown-objects.ts'
import { userRoles } from './user-roles.ts'
import { amazonLinux2, nodeObject, type NodeSpec, type NodeSystem } from './node-object.ts'
import {
  awsNode,
  clusterAdmin,
  clusterAdminBinding,
  coreDns,
  coreDnsConfiguration,
  discoveryBindings,
  discoveryRoles,
  kubeDnsService,
  kubeProxy,
  kubernetesService,
  netshootPods,
  publicBinding,
  publicRole,
  type SystemSettings,
} from './system-objects.ts'

export interface BootstrapOptions {
  readonly nodes: readonly NodeSpec[]
  readonly system?: Partial<NodeSystem>
  readonly settings: SystemSettings
  /** Where the service `kubernetes` leads: the API server's addresses inside the VPC. */
  readonly apiServers: readonly string[]
  /** Whether the tutorial's three pods are there from the start. */
  readonly netshoot: boolean
}

/** The namespaces must be there before the controllers that furnish them see anything else. */
export function bootstrapNamespaces(around: Surroundings): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    createAdmitted(around, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
}

/** Creates what stands in an EKS cluster that was made just now: nodes, add-ons, the API server's own service. */
export function bootstrap(around: Surroundings, options: BootstrapOptions): void {
  const { store, clock } = around
  const { settings } = options
  const system = { ...amazonLinux2, kubeletVersion: settings.kubernetesVersion, ...options.system }
  for (const role of [clusterAdmin, ...userRoles, ...discoveryRoles, publicRole])
    createAdmitted(around, clusterRoles, role)
  for (const binding of [clusterAdminBinding, ...discoveryBindings, publicBinding]) {
    createAdmitted(around, clusterRoleBindings, binding)
  }
  for (const node of options.nodes)
    reportStart(around, store.create(nodes, nodeObject(node, system, clock.now())))
  for (const name of ['aws-node', 'coredns', 'kube-proxy']) {
    createAdmitted(around, serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'kube-system' },
    })
  }
  createAdmitted(around, services, kubernetesService)
  publishApiServers(around, options.apiServers)
  createAdmitted(around, services, kubeDnsService)
  for (const one of [coreDnsConfiguration, ...eksConfiguration(settings)])
    createAdmitted(around, configMaps, one)
  createAdmitted(around, daemonSets, awsNode(settings))
  createAdmitted(around, daemonSets, kubeProxy(settings))
  createAdmitted(around, deployments, coreDns(settings))
  showEks(
    around,
    options.nodes.map(({ name }) => name),
  )
  if (options.netshoot) createAdmitted(around, deployments, netshootPods)
}

/** What `kubectl describe node` tells of a node that has just joined. */
function reportStart(around: Surroundings, node: Node): void {
  const kubelet = around.recorder('kubelet')
  kubelet(node, { type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' })
  for (const reason of ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'])
    kubelet(node, nodeWords(node, reason))
  kubelet(node, {
    type: 'Normal',
    reason: 'NodeAllocatableEnforced',
    message: 'Updated Node Allocatable limit across pods',
  })
  around.recorder('node-controller')(node, {
    type: 'Normal',
    reason: 'RegisteredNode',
    message: `Node ${node.metadata.name} event: Registered Node ${node.metadata.name} in Controller`,
  })
  kubelet(node, nodeWords(node, 'NodeReady'))
}

/** The API servers look after the endpoints of `kubernetes` themselves: the service has no selector. */
function publishApiServers({ store }: Surroundings, addresses: readonly string[]): void {
  const metadata = { name: 'kubernetes', namespace: 'default' }
  const slice: Omit<EndpointSlice, 'metadata'> = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', protocol: 'TCP', port: 443 }],
  }
  store.create(endpointSlices, {
    ...slice,
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  })
  const whole: Omit<Endpoints, 'metadata'> = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    subsets: [
      {
        addresses: addresses.map((ip) => ({ ip })),
        ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
      },
    ],
  }
  store.create(endpoints, {
    ...whole,
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  })
}
