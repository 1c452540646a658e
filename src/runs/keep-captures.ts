import { probeComments } from '../capture/follow/comment.ts'
import { writeRunCapture } from '../capture/files/run-capture.ts'
import type { CaptureResult } from '../capture/live/capture-result.ts'
import type { Observed } from '../observe/observe.ts'

/** Every capture of a run as one pcapng, with a comment on each packet that belongs to a probe. */
export function keepCaptures(captures: readonly CaptureResult[], observed: readonly Observed[]): Uint8Array {
  const comments = observed.map((one) =>
    probeComments(one.observation, `${one.trace.from.name} → ${one.trace.to.name}`),
  )
  return writeRunCapture(
    captures.map((capture) => ({
      source: { capture: capture.capture, stack: capture.stack, interfaces: capture.interfaces },
      octets: capture.octets,
    })),
    (capture, frame) => comments.map((comment) => comment(capture, frame)).find((text) => text !== undefined),
    'podpath',
  ).octets
}
