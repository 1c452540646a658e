import type { Sandboxes } from '../../sandbox.ts'
import type { Clock } from '../clock.ts'
import type { Recorder } from '../events.ts'
import type { Pod } from '../objects/pod.ts'
import type { Random } from '../random.ts'
import type { Store } from '../store.ts'
import type { VolumeSources } from './volumes.ts'
import type { Programs } from './containers/images.ts'
import type { ClusterDns } from './pod-files.ts'

/** What every worker of a kubelet has at hand. */
export interface WorkerSurroundings {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly sandboxes: Sandboxes
  readonly programs: Programs
  readonly dns: ClusterDns
  readonly record: Recorder
  readonly nodeAddress: string
  /** A static address from the lab's plan. */
  addressFor(pod: Pod): string | undefined
  sources(pod: Pod): Pick<VolumeSources, 'configMap' | 'secret' | 'services' | 'token'>
}

/** Milliseconds before a container that ended is started again: 10 s doubling to 5 min, as the kubelet's. */
export const backoff = { first: 10_000, most: 300_000, reset: 600_000 } as const
/** Milliseconds between tries to make a sandbox. */
export const sandboxRetry = { first: 1_000, most: 15_000 } as const
