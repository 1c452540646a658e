import type { Gap } from '../model/result.ts'
import type { StackId } from '../model/stack-id.ts'
import type { Agents } from './agent.ts'
import { captureArgv } from './capture-script.ts'
import type { WantedPod } from './snapshot-script.ts'
import { StackCapture } from './stack-capture.ts'
import type { CaptureResult } from './stack-capture.ts'

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
  /** Octets kept of each packet. */
  readonly snapLength?: number
  readonly bufferKiB?: number
  readonly signal?: AbortSignal
}

export interface RunningCapture {
  /**
   * Resolves when every stack was proven to capture: a marker packet went through it and came back. Stacks of which
   * that could not be proven are gaps; what they did not see proves nothing.
   */
  readonly ready: Promise<readonly Gap[]>
  /** Waits until all that was captured has arrived, ends every tcpdump, and returns the captures in the order of the stacks. */
  stop(): Promise<readonly CaptureResult[]>
}

/** Enough for the headers and the beginning of a payload; the tutorial's packets are 84 octets. */
const defaultSnapLength = 160
const defaultBuffer = 4096

/** Starts tcpdump in all the stacks at once, one exec each. Aborting ends them. */
export function startCapture(request: CaptureRequest): RunningCapture {
  const gaps: Gap[] = []
  const captures = request.stacks.flatMap((stack, number): StackCapture[] => {
    const agent = request.agents.byNode.get(stack.node)
    if (!agent) {
      gaps.push({ at: stack.id, what: 'capture', because: `node ${stack.node} has no agent` })
      return []
    }
    const argv = captureArgv({
      pod: stack.pod,
      filter: request.filter,
      snapLength: request.snapLength ?? defaultSnapLength,
      bufferKiB: request.bufferKiB ?? defaultBuffer,
    })
    const options = request.signal ? { signal: request.signal } : {}
    return [new StackCapture(stack.id, number, agent.runner.start(argv, options))]
  })
  const ready = Promise.all(captures.map((capture) => capture.ready())).then((states) => [
    ...gaps,
    ...states.flatMap((because, i): Gap[] =>
      because === null ? [] : [{ at: captures[i]?.stack ?? '', what: 'capture', because }],
    ),
  ])
  return {
    ready,
    stop: async () => {
      await ready
      return Promise.all(captures.map((capture) => capture.stop()))
    },
  }
}
