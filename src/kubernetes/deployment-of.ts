import { at, listAt, textAt } from '../edge/fields.ts'

/** The owner reference of whoever made and keeps the object; undefined: nobody. */
export const controllerOf = (object: unknown): unknown =>
  listAt(object, 'metadata', 'ownerReferences').find((one) => at(one, 'controller') === true)

/**
 * The deployment that a pod is of, without asking for deployments: a replica set is named for its deployment and the hash
 * of its template, which the pod has as a label (kubernetes.io, "Deployments", pod-template-hash).
 */
export function deploymentOf(object: unknown): string | null {
  const owner = controllerOf(object)
  const name = textAt(owner, 'name')
  const hash = textAt(object, 'metadata', 'labels', 'pod-template-hash')
  return textAt(owner, 'kind') === 'ReplicaSet' && hash !== undefined && name?.endsWith(`-${hash}`) === true
    ? name.slice(0, -hash.length - 1)
    : null
}
