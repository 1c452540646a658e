import type { ProbeOutcome } from './result.ts'

/** A probe that was sent. */
export interface Probed {
  readonly outcome: ProbeOutcome
  /** The address that the sender's resolver gave; null when it got no farther. */
  readonly destination: string | null
  readonly sourcePorts: readonly number[]
  /** Milliseconds since the epoch by our own clock: before it was asked for, and after it ended. */
  readonly began: number
  readonly ended: number
}
