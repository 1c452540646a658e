import type { EventWords } from '../events.ts'

/* The kubelet's words for what becomes of a pod and its containers (pkg/kubelet/events, kuberuntime). */

const normal = (reason: string, message: string): EventWords => ({ type: 'Normal', reason, message })
const warning = (reason: string, message: string): EventWords => ({ type: 'Warning', reason, message })

export const sandboxChanged = normal(
  'SandboxChanged',
  'Pod sandbox changed, it will be killed and re-created.',
)
export const created = (container: string): EventWords => normal('Created', `Created container: ${container}`)
export const started = (container: string): EventWords => normal('Started', `Started container ${container}`)
export const stopping = (container: string): EventWords =>
  normal('Killing', `Stopping container ${container}`)
export const definitionChanged = (container: string): EventWords =>
  normal('Killing', `Container ${container} definition changed, will be restarted`)
export const notAlive = (container: string): EventWords =>
  normal('Killing', `Container ${container} failed liveness probe, will be restarted`)
export const unhealthy = (kind: string, why: string): EventWords =>
  warning('Unhealthy', `${kind} probe failed: ${why}`)
export const backOff = (container: string, pod: string): EventWords =>
  warning('BackOff', `Back-off restarting failed container ${container} in pod ${pod}`)
