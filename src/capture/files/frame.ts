/** One capture interface: the whole of a pcap file, or one Interface Description Block of pcapng. */
export interface CaptureInterface {
  readonly linkType: number
  /** Most octets that were kept of a frame; 0 is no limit. */
  readonly snapLength: number
  /** pcapng's if_name, control characters stripped; undefined without one. */
  readonly name?: string
}

/**
 * One captured frame where it lies in the octets just read. One object serves all frames of a reader:
 * its fields hold during the visit alone. `keepFrame` makes a copy that lasts.
 */
export interface FrameInPlace {
  octets: Uint8Array
  /** Over the same octets. */
  view: DataView
  /** Offset of the frame's first octet in `octets`, and one past its last captured one. */
  start: number
  end: number
  /** Octets that the frame had on the wire. */
  originalLength: number
  /** Since the epoch, by the clock of the capturing machine; whole seconds, and nanoseconds beneath one. */
  seconds: number
  nanoseconds: number
  /** Counts from 0, within the capture. */
  number: number
  interface: CaptureInterface
  /** Of the interface, in the order of a pcapng file; 0 in pcap. */
  interfaceNumber: number
  /** pcapng options of the block, raw; equal when there are none. */
  optionsStart: number
  optionsEnd: number
  littleEndian: boolean
}

export type VisitFrame = (frame: FrameInPlace) => void

/** A frame with its own octets. */
export interface Frame {
  readonly octets: Uint8Array
  readonly originalLength: number
  /** Nanoseconds since the epoch. */
  readonly time: bigint
  readonly number: number
  readonly interface: CaptureInterface
}

export const frameTime = (frame: FrameInPlace): bigint =>
  BigInt(frame.seconds) * 1_000_000_000n + BigInt(frame.nanoseconds)

export const keepFrame = (frame: FrameInPlace): Frame => ({
  octets: frame.octets.slice(frame.start, frame.end),
  originalLength: frame.originalLength,
  time: frameTime(frame),
  number: frame.number,
  interface: frame.interface,
})

/** Why a capture could not be read any further. */
export type CaptureProblem =
  | { readonly code: 'not-a-capture'; readonly message: string }
  | { readonly code: 'bad-record'; readonly message: string }
  /** The capture ends within a record; what came before is whole. */
  | { readonly code: 'truncated'; readonly message: string }

/** libpcap's MAXIMUM_SNAPLEN (pcap-int.h): a longer frame is a lie, and would cost memory. */
export const mostFrameOctets = 262_144

const nothing = new Uint8Array(0)
const noInterface: CaptureInterface = { linkType: -1, snapLength: 0 }

export const emptyFrame = (): FrameInPlace => ({
  octets: nothing,
  view: new DataView(nothing.buffer),
  start: 0,
  end: 0,
  originalLength: 0,
  seconds: 0,
  nanoseconds: 0,
  number: -1,
  interface: noInterface,
  interfaceNumber: 0,
  optionsStart: 0,
  optionsEnd: 0,
  littleEndian: true,
})
