import type { FrameInPlace } from '../../capture/files/frame.ts'
import type { CaptureSource } from '../../capture/files/sighting-reader.ts'
import { Budget } from '../../edge/budget.ts'
import type { Gap } from '../../model/result/result.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { Agents } from '../agent/agent.ts'
import { captureArgv, defaultBufferKiB, defaultSnapLength } from './script.ts'
import type { WantedPod } from '../collect/snapshot-script.ts'
import { keptLimits, StackCapture } from './stack-capture.ts'
import type { StackCaptureOptions } from './stack-capture.ts'
import type { CaptureResult, ClockOffset } from '../../capture/live/capture-result.ts'

/** A stack to capture in: a node's own, or a pod's on it. */
export interface CaptureStack {
  readonly id: StackId
  readonly node: string
  /** Null: the node's own stack. */
  readonly pod: WantedPod | null
}

export interface CaptureRequest {
  readonly agents: Agents
  readonly stacks: readonly CaptureStack[]
  /** pcap-filter(7); empty is everything. It is passed as one word: no shell reads it. */
  readonly filter: string
  /** Another one for the nodes' own stacks. */
  readonly nodeFilter?: string
  /** Octets kept of each packet. */
  readonly snapLength?: number
  readonly bufferKiB?: number
  /** False: nothing is kept, what is captured goes to the listeners alone. Absent is true. */
  readonly keep?: boolean
  /**
   * Told of every IP packet as it arrives, in the order of its stack's capture and without our markers. A listener
   * that throws is heard no more; the capture goes on, and `stop` tells.
   */
  readonly onSighting?: (sighting: Sighting, stack: CaptureStack) => void
  /** The same for every frame, with its IP packet if it holds one; the frame is valid during the call alone. */
  readonly onFrame?: (
    frame: FrameInPlace,
    sighting: Sighting | null,
    source: CaptureSource,
    stack: CaptureStack,
  ) => void
  /** Told when a capture ended before it was asked to: the agent or its node is gone. */
  readonly onEnded?: (stack: CaptureStack, problem: string) => void
  readonly signal?: AbortSignal
}

export interface RunningCapture {
  /**
   * Resolves when every stack was proven to capture: a marker packet went through it and came back. Stacks of which
   * that could not be proven are gaps; what they did not see proves nothing.
   */
  readonly ready: Promise<readonly Gap[]>
  /** How far a stack's clock is ahead of ours, by its latest marker packet; null where none came back. */
  clockOf(stack: StackId): ClockOffset | null
  /** Looks at every clock again; in a long capture from time to time. */
  lookAtClocks(): Promise<void>
  /** Waits until all that was captured has arrived, ends every tcpdump, and returns the captures in the order of the stacks. */
  stop(): Promise<readonly CaptureResult[]>
}

/** Starts tcpdump in all the stacks at once, one exec each. Aborting ends them. */
export function startCapture(request: CaptureRequest): RunningCapture {
  const gaps: Gap[] = []
  const failed: { error: unknown }[] = []
  const hear: Hear = (tell) => {
    if (failed.length > 0) return
    try {
      tell()
    } catch (error) {
      failed.push({ error })
    }
  }
  const keep = (request.keep ?? true) ? new Budget('the capture', keptLimits) : null
  const captures = request.stacks.flatMap((stack, number): StackCapture[] => {
    const agent = request.agents.byNode.get(stack.node)
    if (!agent) {
      gaps.push({ at: stack.id, what: 'capture', because: `node ${stack.node} has no agent` })
      return []
    }
    const argv = captureArgv({
      pod: stack.pod,
      filter: stack.pod === null ? (request.nodeFilter ?? request.filter) : request.filter,
      snapLength: request.snapLength ?? defaultSnapLength,
      bufferKiB: request.bufferKiB ?? defaultBufferKiB,
    })
    const options = request.signal ? { signal: request.signal } : {}
    const running = agent.runner.start(argv, options)
    return [new StackCapture(stack.id, number, running, watching(request, stack, keep, hear))]
  })
  const ready = Promise.all(captures.map((capture) => capture.ready())).then((states) => [
    ...gaps,
    ...states.flatMap((because, i): Gap[] =>
      because === null ? [] : [{ at: captures[i]?.stack ?? '', what: 'capture', because }],
    ),
  ])
  return {
    ready,
    clockOf: (stack) => captures.find((capture) => capture.stack === stack)?.clock ?? null,
    lookAtClocks: async () => {
      await Promise.all(captures.map((capture) => capture.lookAtClock()))
    },
    stop: async () => {
      await ready
      const results = await Promise.all(captures.map((capture) => capture.stop()))
      for (const { error } of failed) throw error
      return results
    },
  }
}

/** Calls a listener, and never throws. */
type Hear = (tell: () => void) => void

function watching(
  request: CaptureRequest,
  stack: CaptureStack,
  keep: Budget | null,
  hear: Hear,
): StackCaptureOptions {
  const { onSighting, onFrame, onEnded } = request
  return {
    keep,
    ...(onSighting || onFrame
      ? {
          onFrame: (frame, sighting, source) =>
            hear(() => {
              if (sighting) onSighting?.(sighting, stack)
              onFrame?.(frame, sighting, source, stack)
            }),
        }
      : {}),
    ...(onEnded ? { onEnded: (problem) => hear(() => onEnded(stack, problem)) } : {}),
  }
}
