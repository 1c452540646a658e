/** Everything that podpath creates carries this label, so that it can be found and removed whatever happens. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'podpath' } as const
export const managedBySelector = 'app.kubernetes.io/managed-by=podpath'

/** Tells what one run created from what another did. */
export const runLabel = 'app.kubernetes.io/instance'

export type Labels = Readonly<Record<string, string>>

/**
 * What a namespace must say for pods that share the node's network and processes (kubernetes.io, "Pod Security
 * Admission").
 */
export const privilegedNamespace: Labels = {
  'pod-security.kubernetes.io/enforce': 'privileged',
  'pod-security.kubernetes.io/audit': 'privileged',
  'pod-security.kubernetes.io/warn': 'privileged',
}

export interface NamespaceManifest {
  readonly apiVersion: 'v1'
  readonly kind: 'Namespace'
  readonly metadata: { readonly name: string; readonly labels: Labels }
}

/** A namespace of one run's own: removing it removes all that the run created. */
export const runNamespace = (suffix: string, security: Labels): NamespaceManifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: `podpath-${suffix}`, labels: { ...managedBy, ...security } },
})

/** What a namespace must say for ordinary pods where the cluster is stricter than that. */
export const baselineNamespace: Labels = { 'pod-security.kubernetes.io/enforce': 'baseline' }
