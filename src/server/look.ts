import { bundleParts } from '../inventory/cluster-view/bundle-parts.ts'
import { clusterView } from '../inventory/cluster-view/cluster-view.ts'
import { LiveCluster } from '../inventory/cluster-view/live-cluster.ts'
import { readBundle } from '../inventory/read-bundle.ts'
import { SnapshotDesk } from '../inventory/snapshot-desk.ts'
import type { ClusterChange } from '../model/view/cluster-view.ts'
import type { Desk } from './desk.ts'

/** What the pages that look into the cluster share: it is watched once, and its tables are read once. */
export interface Look {
  readonly snapshots: SnapshotDesk
  /** Calls with what changed, the first time with everything; returns how to stop. */
  readonly subscribe: (listener: (change: ClusterChange) => void) => () => void
}

/** The watch begins when the first page asks. */
export function lookOf({ source, signal }: Desk): Look {
  const snapshots = new SnapshotDesk(source, signal)
  if (source.kind === 'bundle') {
    const view = clusterView(bundleParts(source.bundle, readBundle(source.bundle)))
    return {
      snapshots,
      subscribe(listener) {
        listener({ ...view, goneNodes: [] })
        return () => undefined
      },
    }
  }
  let live: LiveCluster | null = null
  return {
    snapshots,
    subscribe(listener) {
      if (live === null) {
        const begun = new LiveCluster({ cluster: source.cluster, ec2: source.ec2, signal })
        snapshots.onTaken(({ predictor }) => {
          begun.learn(predictor.fabric)
        })
        live = begun
      }
      return live.subscribe(listener)
    },
  }
}
