import type { Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { linkType } from '../../wire/link/link-type.ts'
import { linuxSllAt, packetType } from '../../wire/link/linux-sll.ts'
import { linuxSll2At } from '../../wire/link/linux-sll2.ts'
import { readSeenPacket } from '../../wire/seen-packet.ts'
import { CaptureReader } from './reader.ts'
import { frameTime, type CaptureProblem, type FrameInPlace } from './frame.ts'

/** What a capture's octets do not tell of themselves. */
export interface CaptureSource {
  /** Which capture of the run it is; goes into every sighting. */
  readonly capture: number
  readonly stack: StackId
  /**
   * Names by index of the captured stack's own interfaces (`ip link` run there), for `-i any`.
   * An index elsewhere is another interface.
   */
  readonly interfaces: ReadonlyMap<number, string>
  /** The interface that was captured, where it was one alone and the link layer does not tell. */
  readonly interface?: string
}

/** Turns one capture into sightings while its octets arrive. Frames without an IP packet leave none. */
export class SightingReader {
  readonly #reader: CaptureReader
  readonly #source: CaptureSource
  #found: Sighting[] = []

  constructor(source: CaptureSource) {
    this.#source = source
    this.#reader = new CaptureReader((frame) => {
      const sighting = sightingOf(frame, source)
      if (sighting) this.#found.push(sighting)
    })
  }

  get stack(): StackId {
    return this.#source.stack
  }

  /** The sightings that these octets complete, in the order of the capture. */
  write(chunk: Uint8Array): Sighting[] {
    this.#reader.write(chunk)
    const found = this.#found
    this.#found = []
    return found
  }

  /** Why the capture could not be read to its end; null when it could. */
  end(): CaptureProblem | null {
    return this.#reader.end()
  }
}

/** All sightings of a capture that is there in full. */
export function readSightings(
  octets: Uint8Array,
  source: CaptureSource,
): { readonly sightings: readonly Sighting[]; readonly problem: CaptureProblem | null } {
  const reader = new SightingReader(source)
  const sightings = reader.write(octets)
  return { sightings, problem: reader.end() }
}

/** During the frame's visit. Null when it holds no IP packet. */
export function sightingOf(frame: FrameInPlace, source: CaptureSource): Sighting | null {
  const { view, start, end } = frame
  const type = frame.interface.linkType
  const packet = readSeenPacket(view, start, end, Math.max(0, frame.originalLength - (end - start)), type)
  if (!packet) return null
  const to = frameRecipient(frame)
  return {
    point: { stack: source.stack, interface: interfaceNameOf(frame, source) },
    direction: to === -1 ? 'unknown' : to === packetType.outgoing ? 'out' : 'in',
    ...(to === packetType.otherHost ? { otherHost: true as const } : {}),
    time: frameTime(frame),
    packet,
    capture: source.capture,
    frame: frame.number,
  }
}

/** The packet type of a cooked frame; -1 where the link layer has none, or too few octets are there. */
export function frameRecipient(frame: FrameInPlace): number {
  const { view, start, end } = frame
  const type = frame.interface.linkType
  if (type === linkType.linuxSll2 && end - start >= linuxSll2At.payload)
    return view.getUint8(start + linuxSll2At.packetType)
  if (type === linkType.linuxSll && end - start >= linuxSllAt.payload)
    return view.getUint16(start + linuxSllAt.packetType)
  return -1
}

/** The interface's name in its own stack; `index N` when the stack's table does not know it (it may be gone). */
export function interfaceNameOf(frame: FrameInPlace, source: CaptureSource): string {
  const { view, start, end } = frame
  if (frame.interface.linkType === linkType.linuxSll2 && end - start >= linuxSll2At.payload) {
    const index = view.getUint32(start + linuxSll2At.interfaceIndex)
    return source.interfaces.get(index) ?? `index ${index}`
  }
  return source.interface ?? frame.interface.name ?? 'any'
}
