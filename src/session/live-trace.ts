import type { Captured, Ordered } from '../capture/live/causal-merge.ts'
import { followFabric } from '../capture/follow/fabric.ts'
import type { CaptureStack, RunningCapture } from '../cluster/capture/capture.ts'
import type { Gap } from '../model/result/result.ts'
import type { Sighting } from '../model/packet/sighting.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { LiveHops, type ExpectedProbe } from '../observe/live-hops.ts'
import { LiveMerge } from '../observe/live-merge.ts'
import { mostSightingEvents, type TraceEvent } from '../observe/trace-event.ts'
import type { CaptureObserver } from './capture-session.ts'

interface SightingFrame extends Captured {
  readonly sighting: Sighting
}

/** Milliseconds that a packet waits to be told of: until what came before it has arrived from other nodes too. */
const patience = 120

/** Turns what is captured during a trace into its events, in causal order and while it is captured. */
export class LiveTrace implements CaptureObserver {
  readonly #tell: (event: TraceEvent) => void
  readonly #expected: ExpectedProbe
  readonly #clocks = new Map<StackId, string>()
  readonly #merge: LiveMerge<SightingFrame>
  #hops: LiveHops | null = null
  #sightings = 0

  constructor(tell: (event: TraceEvent) => void, expected: ExpectedProbe) {
    this.#tell = tell
    this.#expected = expected
    this.#merge = new LiveMerge({
      fabric: followFabric({ stacks: [], wires: [], vpc: null }),
      window: patience,
      onFrame: (ordered) => this.#show(ordered),
    })
  }

  onListening(
    stacks: readonly CaptureStack[],
    gaps: readonly Gap[],
    clockOf: RunningCapture['clockOf'],
  ): void {
    for (const { id, node } of stacks) {
      this.#clocks.set(id, node)
      const clock = clockOf(id)
      if (clock) this.#merge.setClock(node, clock.nanoseconds, clock.uncertainty)
    }
    const names = stacks.map(({ id }) => id)
    this.#hops = new LiveHops(this.#expected, names, (stack) => this.#clocks.get(stack) ?? stack)
    this.#tell({ kind: 'capturing', stacks: names, gaps })
  }

  onSighting(sighting: Sighting, stack: CaptureStack): void {
    this.#merge.push({ clock: stack.node, time: sighting.time, capture: sighting.capture, sighting })
  }

  /** Nothing more is captured: tells what still waits. */
  end(): void {
    this.#merge.end()
  }

  #show({ frame, time }: Ordered<SightingFrame>): void {
    // Before every stack was known to listen nothing of ours was sent.
    if (!this.#hops) return
    const { seen, hop } = this.#hops.note(frame.sighting, Number(time) / 1e6)
    if (this.#sightings++ < mostSightingEvents) this.#tell({ kind: 'sighting', seen })
    if (hop) this.#tell({ kind: 'hop-seen', hop })
  }
}
