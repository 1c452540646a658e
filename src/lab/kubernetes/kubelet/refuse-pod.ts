import { type Clock, timestamp } from '../clock.ts'
import type { Recorder } from '../events.ts'
import { isFinished, type Pod } from '../objects/pod.ts'
import { pods } from '../resources.ts'
import type { Store } from '../store.ts'

/**
 * Milliseconds. A ReplicaSet replaces a refused pod at once, and that one, without end: in a cluster as fast as its parts hear of each
 * other, in a lab, where all are one process, as fast as the processor.
 */
const delay = 1000

/** Ends pods that their kubelet does not take (pkg/kubelet/kubelet.go, rejectPod): nothing of them is made. */
export class Refusals {
  readonly #store: Store
  readonly #clock: Clock
  readonly #waiting = new Set<string>()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Once for each pod, however often it is asked for. */
  refuse(pod: Pod, reason: string, message: string, record: Recorder): void {
    const { uid } = pod.metadata
    if (this.#waiting.has(uid)) return
    this.#waiting.add(uid)
    this.#clock.after(delay, () => {
      this.#waiting.delete(uid)
      const refused = this.#store.change(pods, pod, (current): Pod =>
        isFinished(current)
          ? current
          : {
              ...current,
              status: {
                ...current.status,
                phase: 'Failed',
                reason,
                message: `Pod was rejected: ${message}`,
                startTime: timestamp(this.#clock.now()),
              },
            },
      )
      if (refused !== undefined) record(pod, { type: 'Warning', reason, message })
    })
  }
}
