import type { ConfigMap, Role, RoleBinding } from '../objects/configuration.ts'
import type { Draft, Labels } from '../objects/meta.ts'
import type { Toleration } from '../objects/pod.ts'
import type { Service } from '../objects/service.ts'
import type { DaemonSet, Deployment } from '../objects/workload.ts'

/** What differs between two clusters' system workloads. */
export interface SystemSettings {
  /** Twelve digits. */
  readonly account: string
  readonly clusterName: string
  readonly region: string
  readonly vpcId: string
  /** `https://….eks.amazonaws.com`, or where the lab's API server is. */
  readonly endpoint: string
  /** The VPC CNI plugin's version, `v1.15.1`: its image's tag. */
  readonly cniVersion: string
  /** Environment variables of aws-node that differ from the add-on's defaults. */
  readonly cniEnvironment: Labels
  readonly kubernetesVersion: string
}

/** The registry of EKS add-ons in most regions. */
const registry = (region: string): string => `602401143452.dkr.ecr.${region}.amazonaws.com`

const everywhere: readonly Toleration[] = [{ operator: 'Exists' }]

/** The environment of aws-node as the EKS add-on sets it (aws/amazon-vpc-cni-k8s config/master/aws-k8s-cni.yaml). */
const cniDefaults = (settings: SystemSettings): Labels => ({
  ADDITIONAL_ENI_TAGS: '{}',
  ANNOTATE_POD_IP: 'false',
  AWS_VPC_CNI_NODE_PORT_SUPPORT: 'true',
  AWS_VPC_ENI_MTU: '9001',
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false',
  AWS_VPC_K8S_CNI_EXTERNALSNAT: 'false',
  AWS_VPC_K8S_CNI_LOGLEVEL: 'DEBUG',
  AWS_VPC_K8S_CNI_LOG_FILE: '/host/var/log/aws-routed-eni/ipamd.log',
  AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'prng',
  AWS_VPC_K8S_CNI_VETHPREFIX: 'eni',
  AWS_VPC_K8S_PLUGIN_LOG_FILE: '/var/log/aws-routed-eni/plugin.log',
  AWS_VPC_K8S_PLUGIN_LOG_LEVEL: 'DEBUG',
  CLUSTER_ENDPOINT: settings.endpoint,
  CLUSTER_NAME: settings.clusterName,
  DISABLE_INTROSPECTION: 'false',
  DISABLE_METRICS: 'false',
  DISABLE_NETWORK_RESOURCE_PROVISIONING: 'false',
  ENABLE_IPv4: 'true',
  ENABLE_IPv6: 'false',
  ENABLE_POD_ENI: 'false',
  ENABLE_PREFIX_DELEGATION: 'false',
  VPC_CNI_VERSION: settings.cniVersion,
  VPC_ID: settings.vpcId,
  WARM_ENI_TARGET: '1',
  WARM_PREFIX_TARGET: '1',
})

const variables = (record: Labels) => Object.entries(record).map(([name, value]) => ({ name, value }))

export function awsNode(settings: SystemSettings): Draft<DaemonSet> {
  const labels = { 'app.kubernetes.io/name': 'aws-node', 'k8s-app': 'aws-node' }
  const image = (name: string, tag: string): string => `${registry(settings.region)}/${name}:${tag}`
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'aws-node',
      namespace: 'kube-system',
      labels: {
        'app.kubernetes.io/instance': 'aws-vpc-cni',
        'app.kubernetes.io/name': 'aws-node',
        'app.kubernetes.io/version': settings.cniVersion,
        'k8s-app': 'aws-node',
      },
    },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'aws-node' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels: { 'app.kubernetes.io/instance': 'aws-vpc-cni', ...labels } },
        spec: {
          hostNetwork: true,
          priorityClassName: 'system-node-critical',
          serviceAccountName: 'aws-node',
          terminationGracePeriodSeconds: 10,
          tolerations: everywhere,
          containers: [
            {
              name: 'aws-node',
              image: image('amazon-k8s-cni', settings.cniVersion),
              ports: [{ containerPort: 61_678, name: 'metrics' }],
              env: [
                ...variables({ ...cniDefaults(settings), ...settings.cniEnvironment }),
                { name: 'MY_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                { name: 'MY_POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              resources: { requests: { cpu: '25m' } },
              securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
            },
          ],
        },
      },
    },
  }
}

export function kubeProxy(settings: SystemSettings): Draft<DaemonSet> {
  const tag = /^v\d+\.\d+\.\d+/.exec(settings.kubernetesVersion)?.[0] ?? settings.kubernetesVersion
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'kube-proxy',
      namespace: 'kube-system',
      labels: { 'eks.amazonaws.com/component': 'kube-proxy', 'k8s-app': 'kube-proxy' },
    },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'kube-proxy' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-proxy' } },
        spec: {
          hostNetwork: true,
          priorityClassName: 'system-node-critical',
          serviceAccountName: 'kube-proxy',
          tolerations: everywhere,
          containers: [
            {
              name: 'kube-proxy',
              image: `${registry(settings.region)}/eks/kube-proxy:${tag}-minimal-eksbuild.2`,
              command: [],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              resources: { requests: { cpu: '100m' } },
              securityContext: { privileged: true },
            },
          ],
        },
      },
    },
  }
}

/** The add-on's. */
export const coreDnsVersion = 'v1.11.4-eksbuild.2'

const dnsLabels = { 'eks.amazonaws.com/component': 'coredns', 'k8s-app': 'kube-dns' }

export function coreDns(settings: SystemSettings): Draft<Deployment> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'coredns',
      namespace: 'kube-system',
      labels: { ...dnsLabels, 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: dnsLabels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
      template: {
        metadata: { labels: dnsLabels },
        spec: {
          priorityClassName: 'system-cluster-critical',
          serviceAccountName: 'coredns',
          dnsPolicy: 'Default',
          tolerations: [
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
          ],
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    labelSelector: {
                      matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns'] }],
                    },
                    topologyKey: 'kubernetes.io/hostname',
                  },
                },
              ],
            },
          },
          containers: [
            {
              name: 'coredns',
              image: `${registry(settings.region)}/eks/coredns:${coreDnsVersion}`,
              args: ['-conf', '/etc/coredns/Corefile'],
              ports: [
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
                { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
              ],
              livenessProbe: {
                httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
                initialDelaySeconds: 60,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 5,
              },
              readinessProbe: {
                httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' },
                timeoutSeconds: 1,
                periodSeconds: 10,
                successThreshold: 1,
                failureThreshold: 3,
              },
              resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
              securityContext: { capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } },
            },
          ],
        },
      },
    },
  }
}

export const coreDnsConfiguration: Draft<ConfigMap> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'coredns', namespace: 'kube-system', labels: dnsLabels },
  data: {
    Corefile:
      '.:53 {\n    errors\n    health {\n        lameduck 5s\n      }\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n      pods insecure\n      fallthrough in-addr.arpa ip6.arpa\n    }\n    prometheus :9153\n    forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n',
  },
}

export const kubeDnsService: Draft<Service> = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kube-dns',
    namespace: 'kube-system',
    labels: {
      'eks.amazonaws.com/component': 'kube-dns',
      'k8s-app': 'kube-dns',
      'kubernetes.io/cluster-service': 'true',
      'kubernetes.io/name': 'CoreDNS',
    },
    annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' },
  },
  spec: {
    clusterIP: '10.100.0.10',
    selector: { 'k8s-app': 'kube-dns' },
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
    ],
  },
}

export const kubernetesService: Draft<Service> = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kubernetes',
    namespace: 'default',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  },
  spec: { clusterIP: '10.100.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }] },
}

/** The tutorial's workload: three pods with network tools, one on each node. */
export const netshootPods: Draft<Deployment> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'netshoot-pod', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'netshoot-pod' } },
    template: {
      metadata: { labels: { app: 'netshoot-pod' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          { name: 'netshoot-pod', image: 'nicolaka/netshoot', command: ['tail'], args: ['-f', '/dev/null'] },
        ],
      },
    },
  },
}

/** The role that every cluster's administrator has, and its binding. */
export const clusterAdmin: Draft<Role> = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'cluster-admin', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  rules: [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
}
export const clusterAdminBinding: Draft<RoleBinding> = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'cluster-admin', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:masters' }],
}

/** What everybody who has a token may do: find out what there is, who they are and what they may. */
export const discoveryRoles: readonly Draft<Role>[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:discovery', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
    rules: [
      {
        verbs: ['get'],
        nonResourceURLs: [
          '/api',
          '/api/*',
          '/apis',
          '/apis/*',
          '/healthz',
          '/livez',
          '/openapi',
          '/openapi/*',
          '/readyz',
          '/version',
          '/version/',
        ],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:basic-user', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
    rules: [
      {
        verbs: ['create'],
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
    ],
  },
]
/** What anybody may ask, without credentials too (apiserver, plugin/pkg/auth/authorizer/rbac/bootstrappolicy). */
export const publicRole: Draft<Role> = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name: 'system:public-info-viewer',
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  },
  rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] }],
}
export const publicBinding: Draft<RoleBinding> = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: publicRole.metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:public-info-viewer' },
  subjects: ['system:authenticated', 'system:unauthenticated'].map((name) => ({
    kind: 'Group',
    apiGroup: 'rbac.authorization.k8s.io',
    name,
  })),
}

export const discoveryBindings: readonly Draft<RoleBinding>[] = discoveryRoles.map(({ metadata }) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name ?? '' },
  subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' }],
}))
