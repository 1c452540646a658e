import type { Bundle } from '../bundle/bundle.ts'
import { atOnce, Breath, inBreaths, type Steps } from '../edge/breath.ts'
import { predictorSteps } from './predictor.ts'
import { recordSnapshot } from '../session/record-snapshot.ts'
import type { ReadSnapshot } from './read-snapshot.ts'
import type { Source } from './source.ts'

export type SnapshotState =
  /** Nobody has asked for one: taking one of a cluster puts podpath's agent on its nodes for a moment. */
  | { readonly kind: 'none' }
  | { readonly kind: 'taking' }
  | { readonly kind: 'taken'; readonly at: string; readonly stacks: number }
  | { readonly kind: 'failed'; readonly message: string }

const snapshots = new WeakMap<Bundle, ReadSnapshot>()

/** Read and compiled once for each bundle: it is data that never changes. */
export const readSnapshot = (bundle: Bundle): ReadSnapshot => atOnce(snapshotSteps(bundle))

/** The same, giving way in between: a server answers others meanwhile. Rejects with the signal's reason when it is aborted. */
export const openSnapshot = (bundle: Bundle, signal: AbortSignal): Promise<ReadSnapshot> =>
  inBreaths(snapshotSteps(bundle), new Breath(signal))

function* snapshotSteps(bundle: Bundle): Steps<ReadSnapshot> {
  const known = snapshots.get(bundle)
  if (known) return known
  const read = { bundle, predictor: yield* predictorSteps(bundle, {}) }
  snapshots.set(bundle, read)
  return read
}

/** The last snapshot of a source: the recorded one, or one that is taken of a cluster when somebody asks. */
export class SnapshotDesk {
  readonly #source: Source
  readonly #signal: AbortSignal
  readonly #taken: ((snapshot: ReadSnapshot) => void)[] = []
  #state: SnapshotState = { kind: 'none' }
  #snapshot: ReadSnapshot | null = null
  #taking: Promise<ReadSnapshot> | null = null

  constructor(source: Source, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
    if (source.kind === 'bundle') this.#keep(readSnapshot(source.bundle))
  }

  get state(): SnapshotState {
    return this.#state
  }
  get snapshot(): ReadSnapshot | null {
    return this.#snapshot
  }

  onTaken(listener: (snapshot: ReadSnapshot) => void): void {
    this.#taken.push(listener)
    if (this.#snapshot !== null) listener(this.#snapshot)
  }

  /** One at a time: who asks while one is taken gets that one. Rejects with a ClusterError. */
  take(): Promise<ReadSnapshot> {
    const source = this.#source
    if (source.kind === 'bundle') return Promise.resolve(this.#snapshot ?? readSnapshot(source.bundle))
    this.#taking ??= this.#record(source).finally(() => {
      this.#taking = null
    })
    return this.#taking
  }

  async #record(source: Extract<Source, { readonly kind: 'cluster' }>): Promise<ReadSnapshot> {
    this.#state = { kind: 'taking' }
    try {
      const { cluster, ec2, reach } = source
      const bundle = await recordSnapshot({
        cluster,
        ec2,
        reach,
        progress: () => undefined,
        warn: () => undefined,
        signal: this.#signal,
      })
      return this.#keep(await openSnapshot(bundle, this.#signal))
    } catch (error) {
      this.#state = { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
      throw error
    }
  }

  #keep(snapshot: ReadSnapshot): ReadSnapshot {
    const { created, stacks } = snapshot.bundle.index
    this.#snapshot = snapshot
    this.#state = { kind: 'taken', at: created, stacks: stacks.length }
    for (const listener of this.#taken) listener(snapshot)
    return snapshot
  }
}
