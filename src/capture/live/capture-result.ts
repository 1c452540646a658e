import type { Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** How far a stack's clock is ahead of ours. */
export interface ClockOffset {
  readonly nanoseconds: bigint
  /** The truth lies no farther away than this. */
  readonly uncertainty: bigint
}

/** What was captured in one stack. */
export interface CaptureResult {
  readonly stack: StackId
  /** The number that its sightings carry. */
  readonly capture: number
  /** The pcap file, marker packets included. */
  readonly octets: Uint8Array
  /** IP packets in the order of the capture, without our markers. */
  readonly sightings: readonly Sighting[]
  /** The stack's own interfaces: index → name. */
  readonly interfaces: ReadonlyMap<number, string>
  /** Packets that the kernel or the device could not hand over. Null: tcpdump did not say. */
  readonly dropped: number | null
  /** tcpdump was seen to capture before `ready`, and to have delivered everything that came before `stop`. */
  readonly proven: { readonly start: boolean; readonly end: boolean }
  readonly clock: ClockOffset | null
  /** Why this capture is not whole, or is none. */
  readonly problem: string | null
}

/** Was it proven to have looked from before the first packet to after the last, and did it say what it lost? Else absence proves nothing. */
export const isWhole = ({ proven, problem, dropped }: Omit<CaptureResult, 'octets' | 'sightings'>): boolean =>
  proven.start && proven.end && problem === null && dropped !== null
