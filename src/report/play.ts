import type { Decision, Hop, PacketView, Path } from '../model/path/path.ts'
import type { SaidWhyNot } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import type { Figure, Knowledge, Station, Strip } from './svg/figure.ts'
import type { Step } from './svg/steps.ts'

/** What one side says of a hop. */
export interface HopView {
  readonly in: string | null
  readonly out: string | null
  readonly packetIn: PacketView | null
  readonly packetOut: PacketView | null
}

/** One place on the way there or back, in the order in which the packet comes by: one step of the play. */
export interface PlayStep {
  readonly direction: 'request' | 'reply'
  readonly stack: StackId
  /** Where it is drawn: indexes of the figure's strips and of the strip's stations. */
  readonly strip: number
  readonly station: number
  /** The leg by which the packet came here; null at the start. */
  readonly leg: number | null
  readonly known: Knowledge
  /** What is shown of the hop: what was seen, or else what was predicted. */
  readonly hop: HopView
  /** The prediction of the same hop, where there are both. */
  readonly expected: HopView | null
  /** Addresses that this place rewrote. */
  readonly rewrites: readonly { readonly field: 'src' | 'dst'; readonly from: string; readonly to: string }[]
  readonly decisions: readonly Decision[]
  /** Of a prediction, where it was asked for: the lines that almost decided here. */
  readonly whyNot: readonly SaidWhyNot[]
  /** Nanoseconds since the packet was first seen; null where nobody saw it. */
  readonly elapsed: number | null
  /** The tutorial's statements that speak of this place; of the way there alone. */
  readonly statements: readonly Step[]
  readonly guilty: Station['guilty']
}

/** A figure as a play: the packet's stations there, then back, as far as it came. Pure. */
export function playOf(figure: Figure): readonly PlayStep[] {
  const { trace, strips } = figure
  const path = trace.observed ?? trace.predicted
  const first = strips[0]
  if (!path || !first) return []
  const shown: Path = path
  const expected = trace.observed ? trace.predicted : null
  const start = timeOf(path.forward[0])
  const there = path.forward.flatMap((hop, i) =>
    stepAt({ hop, i, strip: 0, station: i, leg: i === 0 ? null : i - 1, direction: 'request' }),
  )
  const apart = strips.findIndex(({ kind }) => kind === 'reply')
  const back = path.reply.flatMap((hop, i) => {
    const mirrored = path.forward.length - 1 - i
    return stepAt(
      apart < 0
        ? { hop, i, strip: 0, station: mirrored, leg: i === 0 ? null : mirrored, direction: 'reply' }
        : { hop, i, strip: apart, station: i, leg: i === 0 ? null : i - 1, direction: 'reply' },
    )
  })
  return [...there, ...back]

  function stepAt(at: Place): readonly PlayStep[] {
    const { hop, i, direction } = at
    const station = strips[at.strip]?.stations[at.station]
    if (!station) return []
    const other = expected ? sameHop(expected, direction, i, hop.stack) : null
    const seen = timeOf(hop)
    return [
      {
        direction,
        stack: hop.stack,
        strip: at.strip,
        station: at.station,
        leg: at.leg,
        known: trace.observed ? (hop.evidence === 'inferred' ? 'inferred' : 'captured') : 'predicted',
        hop: { in: hop.in, out: hop.out, packetIn: hop.packetIn, packetOut: hop.packetOut },
        expected: other && {
          in: other.in,
          out: other.out,
          packetIn: other.packetIn,
          packetOut: other.packetOut,
        },
        rewrites: rewritesOf(hop),
        decisions: hop.decisions.length > 0 ? hop.decisions : (other?.decisions ?? []),
        whyNot: trace.observed
          ? []
          : (trace.whyNot ?? []).filter(
              (one) => one.hop === i && one.direction === (direction === 'request' ? 'forward' : 'reply'),
            ),
        elapsed: seen === null || start === null ? null : seen - start,
        statements: direction === 'request' ? station.steps : [],
        guilty: guiltyOf(shown, station, direction, strips),
      },
    ]
  }
}

interface Place {
  readonly hop: Hop
  /** In its direction. */
  readonly i: number
  readonly strip: number
  readonly station: number
  readonly leg: number | null
  readonly direction: PlayStep['direction']
}

/** The prediction's hop at the same place, if it is the same place. */
function sameHop(path: Path, direction: PlayStep['direction'], i: number, stack: StackId): Hop | null {
  const hop = (direction === 'request' ? path.forward : path.reply)[i]
  return hop?.stack === stack ? hop : null
}

const timeOf = (hop: Hop | undefined): number | null => hop?.times?.in ?? hop?.times?.out ?? null

function rewritesOf({ packetIn, packetOut }: Hop): PlayStep['rewrites'] {
  if (!packetIn || !packetOut) return []
  return (['src', 'dst'] as const).flatMap((field) =>
    packetIn[field] === packetOut[field] ? [] : [{ field, from: packetIn[field], to: packetOut[field] }],
  )
}

/** A place is guilty in the direction that ended there; of a disagreement, on the way there. */
function guiltyOf(
  path: Path,
  station: Station,
  direction: PlayStep['direction'],
  strips: readonly Strip[],
): Station['guilty'] {
  if (!station.guilty) return null
  const { ends } = station.guilty
  if (ends === 'request' || ends === null) return direction === 'request' ? station.guilty : null
  // Nobody answered: the reply has no places of its own, and the last place there has to say so.
  const hasReply = path.reply.length > 0 || strips.some(({ kind }) => kind === 'reply')
  return direction === (hasReply ? 'reply' : 'request') ? station.guilty : null
}
