import { CausalMerge, type Captured, type Ordered } from '../capture/live/causal-merge.ts'
import type { FollowFabric } from '../capture/follow/fabric.ts'

/** Milliseconds between two looks at what waits. */
const lookEvery = 40

export interface LiveMergeOptions<Frame extends Captured> {
  readonly fabric: FollowFabric
  /** Milliseconds that a frame waits for others; see `CausalMerge`. */
  readonly window?: number
  readonly onFrame: (ordered: Ordered<Frame>) => void
  /** Called after frames were told, once for all that came at one time. */
  readonly onRound?: () => void
}

/** `CausalMerge`, driven by our clock: what goes in by `push` comes out of `onFrame` in causal order, a moment later. */
export class LiveMerge<Frame extends Captured> {
  readonly #merge: CausalMerge<Frame>
  readonly #onFrame: (ordered: Ordered<Frame>) => void
  readonly #onRound: () => void
  readonly #timer: NodeJS.Timeout

  constructor(options: LiveMergeOptions<Frame>) {
    this.#merge = new CausalMerge(options.fabric, options.window)
    this.#onFrame = options.onFrame
    this.#onRound = options.onRound ?? (() => undefined)
    this.#timer = setInterval(() => this.#tell(this.#merge.take(now())), lookEvery)
    this.#timer.unref()
  }

  /** See `CausalMerge`. */
  setClock(clock: string, offset: bigint, uncertainty: bigint): void {
    this.#merge.setClock(clock, offset, uncertainty)
  }

  push(frame: Frame): void {
    this.#merge.push(frame, now())
    // Under load the timer may be late; what waits is bounded by the merge alone.
    if (this.#merge.isFull) this.#tell(this.#merge.take(now()))
  }

  /** Nothing more comes: tells all that waits. */
  end(): void {
    clearInterval(this.#timer)
    this.#tell(this.#merge.drain())
  }

  #tell(frames: readonly Ordered<Frame>[]): void {
    for (const frame of frames) this.#onFrame(frame)
    if (frames.length > 0) this.#onRound()
  }
}

const now = (): number => performance.timeOrigin + performance.now()
