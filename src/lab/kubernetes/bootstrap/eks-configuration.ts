import type { ConfigMap } from '../objects/configuration.ts'
import type { Draft } from '../objects/meta.ts'
import type { SystemSettings } from './system-objects.ts'

const configMap = (
  name: string,
  labels: Readonly<Record<string, string>>,
  data: Readonly<Record<string, string>>,
): Draft<ConfigMap> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'kube-system', ...(Object.keys(labels).length > 0 ? { labels } : {}) },
  data,
})

/** KubeProxyConfiguration as the EKS add-on has it: the defaults but for what is told here (kubernetes.io, kube-proxy Configuration). */
const kubeProxyConfig = [
  'apiVersion: kubeproxy.config.k8s.io/v1alpha1',
  'bindAddress: 0.0.0.0',
  'clientConnection:',
  '  acceptContentTypes: ""',
  '  burst: 10',
  '  contentType: application/vnd.kubernetes.protobuf',
  '  kubeconfig: /var/lib/kube-proxy/kubeconfig',
  '  qps: 5',
  'clusterCIDR: ""',
  'configSyncPeriod: 15m0s',
  'conntrack:',
  '  maxPerCore: 32768',
  '  min: 131072',
  '  tcpCloseWaitTimeout: 1h0m0s',
  '  tcpEstablishedTimeout: 24h0m0s',
  'enableProfiling: false',
  'healthzBindAddress: 0.0.0.0:10256',
  'hostnameOverride: ""',
  'iptables:',
  '  masqueradeAll: false',
  '  masqueradeBit: 14',
  '  minSyncPeriod: 0s',
  '  syncPeriod: 30s',
  'kind: KubeProxyConfiguration',
  'metricsBindAddress: 0.0.0.0:10249',
  'mode: iptables',
  'oomScoreAdj: -998',
  'portRange: ""',
  '',
].join('\n')

/** The config maps that stand in kube-system of an EKS cluster beside CoreDNS' (Amazon EKS User Guide; amazon-vpc-cni-k8s, charts). */
export function eksConfiguration(settings: SystemSettings): readonly Draft<ConfigMap>[] {
  const proxy = { 'eks.amazonaws.com/component': 'kube-proxy', 'k8s-app': 'kube-proxy' }
  return [
    configMap(
      'amazon-vpc-cni',
      { 'app.kubernetes.io/name': 'aws-node', 'k8s-app': 'aws-node' },
      {
        'branch-eni-cooldown': '60',
        'enable-network-policy-controller': 'false',
        'enable-windows-ipam': 'false',
        'enable-windows-prefix-delegation': 'false',
        'minimum-ip-target': '',
        'warm-ip-target': '',
        'warm-prefix-target': '0',
      },
    ),
    configMap(
      'aws-auth',
      {},
      {
        mapRoles: `- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: arn:aws:iam::${settings.account}:role/${settings.clusterName}-nodes\n  username: system:node:{{EC2PrivateDNSName}}\n`,
      },
    ),
    configMap('kube-proxy', proxy, {
      kubeconfig: `kind: Config\napiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt\n    server: ${settings.endpoint}\n  name: default\ncontexts:\n- context:\n    cluster: default\n    namespace: default\n    user: default\n  name: default\ncurrent-context: default\nusers:\n- name: default\n  user:\n    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token\n`,
    }),
    configMap('kube-proxy-config', proxy, { config: kubeProxyConfig }),
  ]
}
