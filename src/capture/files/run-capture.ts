import type { StackId } from '../../model/stack/stack-id.ts'
import { packetType } from '../../wire/link/linux-sll.ts'
import { CaptureReader } from './reader.ts'
import { frameTime, type CaptureProblem, type FrameInPlace } from './frame.ts'
import { frameComments } from './pcapng.ts'
import { writeInterface, writePacket, writeSection } from './pcapng-writer.ts'
import { frameRecipient, interfaceNameOf, type CaptureSource } from './sighting-reader.ts'

/** One capture of a run, as tcpdump wrote it. */
export interface KeptCapture {
  readonly source: CaptureSource
  readonly octets: Uint8Array
}

/** The comment on one frame of one capture; undefined where nothing is to be said. */
export type CommentOn = (capture: number, frame: number) => string | undefined

export interface RunCapture {
  /** One pcapng file that Wireshark opens. */
  readonly octets: Uint8Array
  /** Captures that could not be read to their end, by their number; what came before is in the file. */
  readonly problems: ReadonlyMap<number, CaptureProblem>
}

/** A frame of the run, before it has an interface number. */
interface Entry {
  readonly name: string
  readonly linkType: number
  readonly snapLength: number
  readonly time: bigint
  readonly direction: 'in' | 'out' | 'unknown'
  readonly octets: Uint8Array
  readonly originalLength: number
  readonly comments: readonly string[]
}

/**
 * All captures of a run as one file in the order of their time stamps, each by its own stack's clock. Every
 * capture point is an interface of its own, named `node/NAME/eth0`, also when one capture held all of a stack's.
 */
export function writeRunCapture(
  captures: readonly KeptCapture[],
  commentOn: CommentOn,
  application: string,
): RunCapture {
  const problems = new Map<number, CaptureProblem>()
  const entries: Entry[] = []
  for (const { source, octets } of captures) {
    const reader = new CaptureReader((frame) => {
      entries.push(entryOf(frame, source, commentOn))
    })
    reader.write(octets)
    const problem = reader.end()
    if (problem) problems.set(source.capture, problem)
  }
  // A stable sort: frames of one capture with one time keep their order.
  entries.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  return { octets: joined(blocks(entries, application)), problems }
}

function entryOf(frame: FrameInPlace, source: CaptureSource, commentOn: CommentOn): Entry {
  const comment = commentOn(source.capture, frame.number)
  const to = frameRecipient(frame)
  return {
    name: capturePointName(source.stack, interfaceNameOf(frame, source)),
    linkType: frame.interface.linkType,
    snapLength: frame.interface.snapLength,
    time: frameTime(frame),
    direction: to === -1 ? 'unknown' : to === packetType.outgoing ? 'out' : 'in',
    octets: frame.octets.subarray(frame.start, frame.end),
    originalLength: frame.originalLength,
    comments: [...frameComments(frame), ...(comment === undefined ? [] : [comment])],
  }
}

/** `node/ip-192-168-1-138.ap-northeast-2.compute.internal/eth0` */
export const capturePointName = (stack: StackId, name: string): string => `${stack}/${name}`

function* blocks(entries: readonly Entry[], application: string): Generator<Uint8Array> {
  yield writeSection(application)
  const numbers = new Map<string, number>()
  for (const entry of entries) {
    // Two captures of one interface may have different link types; then it stands in the file twice.
    const key = `${entry.linkType} ${entry.snapLength} ${entry.name}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = numbers.size
      numbers.set(key, number)
      yield writeInterface(entry)
    }
    yield writePacket({ ...entry, interface: number })
  }
}

function joined(parts: Iterable<Uint8Array>): Uint8Array {
  const list = [...parts]
  const octets = new Uint8Array(list.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of list) {
    octets.set(part, at)
    at += part.length
  }
  return octets
}
