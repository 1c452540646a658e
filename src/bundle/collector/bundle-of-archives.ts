import type { Bundle } from '../bundle.ts'
import { bundleOfNodes } from '../derived/bundle-of-nodes.ts'
import { nodeOf } from './node.ts'
import type { CollectorArchive } from './read-archive.ts'

/**
 * Archives of the EKS log collector as one snapshot: a stack for every node as it was recorded, and one for every pod,
 * marked as derived. Throws a BundleError `bad-file`.
 */
export const bundleOfArchives = (archives: readonly CollectorArchive[], created: string): Bundle =>
  bundleOfNodes(
    archives.map((archive) => ({ from: archive.path, node: nodeOf(archive) })),
    created,
  )
