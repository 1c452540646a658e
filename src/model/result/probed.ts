import type { ProbeOutcome } from './result.ts'

/** Each absent where the probe has no such mark, or it is not known of every packet. */
export interface ProbeMarks {
  /** See `SeenPacket.tag`: any of these. */
  readonly tags?: readonly number[]
  /** See `SeenPacket.payloadDigest`. */
  readonly payloadDigest?: number
  /** Source ports as the sender's own socket has them: one of these ranges, both ends included. */
  readonly sourcePorts?: readonly (readonly [number, number])[]
}

/** A probe that was sent. */
export interface Probed {
  readonly outcome: ProbeOutcome
  /** The address that the sender's resolver gave; null when it got no farther. */
  readonly destination: string | null
  readonly sourcePorts: readonly number[]
  /** What the sender put into its packets, so that they are told from others of the same pod. */
  readonly marks: ProbeMarks
  /** Milliseconds since the epoch by our own clock: before it was asked for, and after it ended. */
  readonly began: number
  readonly ended: number
}
