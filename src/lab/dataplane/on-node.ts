import { closeSync, constants, openSync } from 'node:fs'
import { openInRoot, openRoot } from '../namespaces/root/open-in-root.ts'
import type { NamespaceSet } from '../namespaces/namespace-set.ts'

/**
 * Opens what a path means on a node, whose root may have put anything there. The descriptor (O_PATH) is the caller's to close. Throws
 * as `openInRoot` does.
 */
function openOnNode({ pid }: Pick<NamespaceSet, 'pid'>, path: string): number {
  const root = openRoot(`/proc/${pid}/root`)
  try {
    return openInRoot(root, path)
  } finally {
    closeSync(root)
  }
}

export function isOnNode(node: Pick<NamespaceSet, 'pid'>, path: string): boolean {
  try {
    closeSync(openOnNode(node, path))
    return true
  } catch (error) {
    // What else is wrong is said when it is mounted.
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
  }
}

/** Opens a network namespace by its name on a node. */
export function openNamedNetwork(node: Pick<NamespaceSet, 'pid'>, name: string): number {
  const place = openOnNode(node, `/run/netns/${name}`)
  try {
    return openSync(`/proc/self/fd/${place}`, constants.O_RDONLY | constants.O_NONBLOCK)
  } finally {
    closeSync(place)
  }
}
