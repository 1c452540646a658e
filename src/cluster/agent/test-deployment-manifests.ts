import { defaultAgentImage, type AgentSettings } from './manifests.ts'
import { baselineNamespace, managedBy, runLabel, runNamespace } from '../api/labels.ts'
import type { Labels, NamespaceManifest } from '../api/labels.ts'
import { given } from '../../edge/given.ts'

export interface DeploymentManifest {
  readonly apiVersion: 'apps/v1'
  readonly kind: 'Deployment'
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels }
  readonly spec: Readonly<Record<string, unknown>>
}

export interface TestDeploymentManifests {
  /** Null: a namespace that is there already is used. */
  readonly namespace: NamespaceManifest | null
  readonly deployment: DeploymentManifest
}

/** What users choose about it: what they choose about the agent, and the nodes. */
export interface TestDeploymentSettings extends AgentSettings {
  readonly nodeSelector?: Labels
}

/** The tutorial's own number of pods. */
export const testReplicas = 3

/** The tutorial's deployment, its pods spread over the nodes that take them. */
export function testDeploymentManifests(
  suffix: string,
  settings: TestDeploymentSettings,
): TestDeploymentManifests {
  const own = settings.namespace === undefined ? runNamespace(suffix, baselineNamespace) : null
  const namespace = own?.metadata.name ?? settings.namespace ?? ''
  const name = own ? 'netshoot-pod' : `netshoot-pod-${suffix}`
  const app = { app: name, [runLabel]: suffix }
  const labels = { ...managedBy, 'app.kubernetes.io/name': 'netshoot-pod', ...app }
  return {
    namespace: own,
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: {
        replicas: testReplicas,
        selector: { matchLabels: app },
        template: { metadata: { labels }, spec: podSpec(settings, app) },
      },
    },
  }
}

const podSpec = (settings: TestDeploymentSettings, app: Labels): Readonly<Record<string, unknown>> => ({
  terminationGracePeriodSeconds: 0,
  automountServiceAccountToken: false,
  ...given({ nodeSelector: settings.nodeSelector }),
  ...(settings.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: settings.pullSecret }] }),
  // The experiments need pods on different nodes. A cordoned or tainted node does not count.
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      nodeTaintsPolicy: 'Honor',
      labelSelector: { matchLabels: app },
    },
  ],
  containers: [
    {
      name: 'netshoot-pod',
      image: settings.image ?? defaultAgentImage,
      imagePullPolicy: settings.pullPolicy ?? 'IfNotPresent',
      command: ['tail'],
      args: ['-f', '/dev/null'],
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '128Mi' } },
    },
  ],
})
