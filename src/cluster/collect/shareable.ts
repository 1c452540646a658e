/** What a container is told; it may hold secrets, and says nothing about the network. */
const ofContainers: ReadonlySet<string> = new Set(['env', 'envFrom', 'args', 'command'])
const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers'])
/** May hold the same once more. */
const appliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'
const mostDepth = 40

/** A Kubernetes object as it may stand in a bundle, which people send each other: without environments and command lines. */
export function shareable(object: unknown): unknown {
  return copy(object, '', 0)
}

function copy(value: unknown, list: string, depth: number): unknown {
  if (depth > mostDepth) return null
  if (Array.isArray(value)) return value.map((one) => copy(one, list, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const inContainer = containerLists.has(list)
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key]) =>
          key !== 'managedFields' && key !== appliedAnnotation && !(inContainer && ofContainers.has(key)),
      )
      .map(([key, one]) => [key, copy(one, key, depth + 1)]),
  )
}
