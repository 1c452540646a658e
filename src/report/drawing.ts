import type { Hop, PacketView, Path, Translation } from '../model/path/path.ts'
import type { TraceResult } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'

/** One direction of a leg: the packet as it is between two places. */
export interface LegPacket {
  readonly packet: PacketView
  /** Nanoseconds since the same packet's leg before; null where nobody saw it, or at the start. */
  readonly elapsed: number | null
  /** The two clocks cannot be compared: the difference is negative, or longer than the whole round trip. */
  readonly clocksDiffer: boolean
  /** Which address the place before this leg rewrote. */
  readonly changed: 'src' | 'dst' | null
}

/** Between two places: what went over it, there and back. */
export interface Leg {
  readonly request: LegPacket | null
  readonly reply: LegPacket | null
}

/** One place on the way. */
export interface Box {
  readonly stack: StackId
  readonly in: string | null
  readonly out: string | null
  /** The interfaces of the reply, where they are not those of the request. */
  readonly replyIn: string | null
  readonly replyOut: string | null
  readonly inferred: boolean
  /** Its stack was not recorded; its tables are those that it should have. */
  readonly derived: boolean
  readonly translations: readonly Translation[]
  /** The packet, or its reply, ended here against its will or beyond here nothing is known. */
  readonly ends: 'request' | 'reply' | 'unknown' | null
}

/** A path as boxes and the legs between them: `legs[i]` joins `boxes[i]` and `boxes[i + 1]`. */
export interface Drawing {
  readonly boxes: readonly Box[]
  readonly legs: readonly Leg[]
  /** The reply by itself, when it went by other places than the request. */
  readonly replyApart: Drawing | null
}

/** What to draw of a trace: what was seen, or else what was predicted; null when there is neither. */
export function drawingOf(trace: TraceResult): Drawing | null {
  const path = trace.observed ?? trace.predicted
  if (!path || path.forward.length === 0) return null
  const longestRtt = trace.probe && trace.probe.rttMs.length > 0 ? Math.max(...trace.probe.rttMs) * 1e6 : null
  const requests = legsOf(path.forward, longestRtt, null)
  const shared = path.reply.length > 0 && goesBack(path)
  const arrived =
    path.forward.flatMap((hop) => [hop.times?.in, hop.times?.out]).findLast((time) => time != null) ?? null
  const replies = legsOf(path.reply, longestRtt, shared ? arrived : null)
  const legs = requests.map((request, i): Leg => ({
    request,
    reply: shared ? (replies[path.forward.length - 2 - i] ?? null) : null,
  }))
  const boxes = path.forward.map((hop, i) => {
    const back = shared ? path.reply[path.forward.length - 1 - i] : undefined
    return boxOf(hop, back, trace.translations, endAt(path, hop.stack, i, shared))
  })
  const apart: Drawing | null =
    path.reply.length > 0 && !shared
      ? {
          boxes: path.reply.map((hop, i) =>
            boxOf(
              { ...hop },
              undefined,
              [],
              i === path.reply.length - 1 && path.replyVerdict !== 'delivered' ? 'reply' : null,
            ),
          ),
          legs: replies.map((reply) => ({ request: null, reply })),
          replyApart: null,
        }
      : null
  return { boxes, legs, replyApart: apart }
}

/** Do the reply's places, as far as it came, mirror those of the request? */
const goesBack = (path: Path): boolean =>
  path.reply.length <= path.forward.length &&
  path.reply.every((hop, i) => hop.stack === path.forward[path.forward.length - 1 - i]?.stack)

function endAt(path: Path, stack: StackId, index: number, shared: boolean): Box['ends'] {
  const last = index === path.forward.length - 1
  if (path.verdict !== 'delivered') return last ? (path.verdict === 'dropped' ? 'request' : 'unknown') : null
  if (path.replyVerdict === null || path.replyVerdict === 'delivered') return null
  const replyEnd = path.reply.length === 0 ? path.forward.at(-1)?.stack : path.reply.at(-1)?.stack
  if (!shared && path.reply.length > 0) return null
  return stack === replyEnd ? (path.replyVerdict === 'dropped' ? 'reply' : 'unknown') : null
}

function boxOf(
  hop: Hop,
  back: Hop | undefined,
  translations: readonly Translation[],
  ends: Box['ends'],
): Box {
  return {
    stack: hop.stack,
    in: hop.in,
    out: hop.out,
    replyIn: back && back.in !== hop.out ? back.in : null,
    replyOut: back && back.out !== hop.in ? back.out : null,
    inferred: hop.evidence === 'inferred',
    derived: hop.evidence === 'derived',
    translations: translations.filter((translation) => translation.at === hop.stack),
    ends,
  }
}

function legsOf(
  hops: readonly Hop[],
  longestRtt: number | null,
  before: number | null,
): readonly (LegPacket | null)[] {
  let previous: PacketView | null = null
  let previousTime = before
  return hops.slice(0, -1).map((hop, i) => {
    const next = hops[i + 1]
    const packet = hop.packetOut ?? next?.packetIn ?? null
    if (!packet) return null
    const time = hop.times?.out ?? next?.times?.in ?? null
    const difference = time !== null && previousTime !== null ? time - previousTime : null
    const odd =
      difference !== null && (difference < 0 || (longestRtt !== null && difference > longestRtt * 1.5 + 1e6))
    const leg: LegPacket = {
      packet,
      elapsed: odd ? null : difference,
      clocksDiffer: odd,
      changed:
        previous && previous.src !== packet.src
          ? 'src'
          : previous && previous.dst !== packet.dst
            ? 'dst'
            : null,
    }
    previous = packet
    if (time !== null) previousTime = time
    return leg
  })
}
