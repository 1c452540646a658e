import type { Hop, PacketView, Path, Translation } from '../../model/path/path.ts'
import { causeCodes } from '../../model/diagnosis/diagnosis.ts'
import type { Check, Endpoint, Experiment, RunResult, TraceResult } from '../../model/result/result.ts'
import { stackKind, stackName, type StackId, type StackKind } from '../../model/stack/stack-id.ts'
import { drawingOf, type Box, type Drawing, type Leg, type LegPacket } from '../drawing.ts'
import { stepsAt, stepsOf, type Step } from './steps.ts'
import { flowIsGood, looseTraces } from '../summary.ts'

/** How we know: a packet was captured, follows from the captures around it, or nobody but the prediction says so. */
export type Knowledge = 'captured' | 'inferred' | 'predicted'

/** One direction of a leg. */
export interface FigurePacket extends LegPacket {
  readonly known: Knowledge
  /** What was predicted for this leg, where the addresses seen are others. */
  readonly expected: PacketView | null
}

export interface FigureLeg {
  readonly request: FigurePacket | null
  readonly reply: FigurePacket | null
}

/** A line that decided where the packet goes, as its own tool prints it. */
export interface DecidingLine {
  readonly stage: string
  readonly line: string
}

export interface Station {
  readonly stack: StackId
  readonly kind: StackKind
  readonly box: Box
  readonly known: Knowledge
  /** Of an end of the flow. */
  readonly address: string | null
  /** What the far end is called, where its place does not say it: a host name. */
  readonly name: string | null
  /** The network interfaces (ENIs) that the VPC joins to this place, where the prediction names them. */
  readonly enis: readonly { readonly interface: string; readonly eni: string }[]
  readonly lines: readonly DecidingLine[]
  readonly translations: readonly Translation[]
  /**
   * This is where it goes wrong, and the lines that make it so. `cause`: false where the packet only ends, and the cause stands at
   * another place of the picture.
   */
  readonly guilty: {
    readonly ends: Box['ends']
    readonly lines: readonly string[]
    readonly cause: boolean
  } | null
  readonly steps: readonly Step[]
}

/** Stations and the legs between them: `legs[i]` joins `stations[i]` and `stations[i + 1]`. */
export interface Strip {
  readonly kind: 'flow' | 'predicted' | 'reply'
  readonly stations: readonly Station[]
  readonly legs: readonly FigureLeg[]
}

/** One picture: a flow, the ways it took, and the statements that are made of it. */
export interface Figure {
  /** The experiment that it belongs to; null for a flow by itself. */
  readonly experiment: Experiment | null
  readonly trace: TraceResult
  readonly strips: readonly Strip[]
  readonly steps: readonly Step[]
}

/** The pictures of a run: the flow that each experiment tells, and every flow that none of them claims. */
export function figuresOf(result: RunResult): readonly Figure[] {
  const told = result.experiments.flatMap((experiment) => {
    const trace = result.traces[experiment.traces[0] ?? -1]
    return trace ? [figure(result, trace, experiment)] : []
  })
  return [...told, ...looseTraces(result).map((trace) => figure(result, trace, null))]
}

/** The picture of one flow by its index in `traces`; null where there is no such flow. */
export function figureOfTrace(result: RunResult, index: number): Figure | null {
  const trace = result.traces[index]
  if (!trace) return null
  const experiment = result.experiments.find((one) => one.traces[0] === index)
  return figure(result, trace, experiment ?? null)
}

function figure(result: RunResult, trace: TraceResult, experiment: Experiment | null): Figure {
  const checks: readonly Check[] = experiment?.checks ?? []
  const steps = stepsOf(checks)
  const drawing = drawingOf(trace)
  if (!drawing) return { experiment, trace, strips: [], steps }
  const expected = trace.observed ? drawingOf({ ...trace, observed: null }) : null
  const guilt = guiltOf(result, trace)
  const only: Knowledge | null = trace.observed ? null : 'predicted'
  const forward = trace.predicted?.forward ?? []
  const same = expected !== null && startsAlike(drawing.boxes, expected.boxes)
  const main = same ? withPrediction(drawing, expected) : plainStrip(drawing, only)
  const strips: readonly Strip[] = [
    { kind: 'flow', ...complete(main, forward, guilt, steps, [trace.from, trace.to]) },
    ...(drawing.replyApart
      ? [
          {
            kind: 'reply',
            ...complete(plainStrip(drawing.replyApart, only), [], guilt, [], [trace.to, trace.from]),
          } as const,
        ]
      : []),
    ...(expected !== null && !same
      ? [
          {
            kind: 'predicted',
            ...complete(plainStrip(expected, 'predicted'), forward, noGuilt, [], [trace.from, trace.to]),
          } as const,
        ]
      : []),
  ]
  return { experiment, trace, strips, steps }
}

interface Outline {
  readonly boxes: readonly { readonly box: Box; readonly known: Knowledge }[]
  readonly legs: readonly FigureLeg[]
}

function plainStrip(drawing: Drawing, only: Knowledge | null): Outline {
  return {
    boxes: drawing.boxes.map((box) => ({ box, known: only ?? (box.inferred ? 'inferred' : 'captured') })),
    legs: drawing.legs.map((leg, i) => {
      const known = only ?? legKnown(drawing, i)
      return { request: knownAs(leg.request, known, null), reply: knownAs(leg.reply, known, null) }
    }),
  }
}

const legKnown = (drawing: Drawing, index: number): Knowledge =>
  drawing.boxes[index]?.inferred && drawing.boxes[index + 1]?.inferred ? 'inferred' : 'captured'

const knownAs = (
  packet: LegPacket | null,
  known: Knowledge,
  expected: PacketView | null,
): FigurePacket | null => (packet === null ? null : { ...packet, known, expected })

/** Did the packet, as far as it was seen, go by the places that were predicted? */
const startsAlike = (seen: readonly Box[], expected: readonly Box[]): boolean =>
  seen.length <= expected.length && seen.every((box, i) => box.stack === expected[i]?.stack)

/** What was seen, and beyond its end what was predicted. */
function withPrediction(seen: Drawing, expected: Drawing): Outline {
  return {
    boxes: expected.boxes.map((box, i) => {
      const here = seen.boxes[i]
      return here
        ? { box: here, known: here.inferred ? 'inferred' : 'captured' }
        : { box: { ...box, ends: null }, known: 'predicted' }
    }),
    legs: expected.legs.map((leg, i) => {
      const here: Leg | undefined = seen.legs[i]
      const known = legKnown(seen, i)
      const apart = seen.replyApart !== null || expected.replyApart !== null
      return {
        request: side(here?.request ?? null, leg.request, known),
        reply: apart
          ? knownAs(here?.reply ?? null, known, null)
          : side(here?.reply ?? null, leg.reply, known),
      }
    }),
  }
}

function side(seen: LegPacket | null, expected: LegPacket | null, known: Knowledge): FigurePacket | null {
  if (seen === null) return knownAs(expected && { ...expected, elapsed: null }, 'predicted', null)
  const differs =
    expected !== null && (expected.packet.src !== seen.packet.src || expected.packet.dst !== seen.packet.dst)
  return knownAs(seen, known, differs ? expected.packet : null)
}

type Guilt = (box: Box, stacks: ReadonlySet<StackId>) => Station['guilty']
const noGuilt: Guilt = () => null

const codesOfCauses: ReadonlySet<string> = new Set(causeCodes)

/** Which place is to blame, and by which lines: what the findings say, or else the prediction's last decision. */
function guiltOf(result: RunResult, trace: TraceResult): Guilt {
  const errors =
    flowIsGood(trace) === false ? result.findings.filter(({ severity }) => severity === 'error') : []
  return (box, stacks) => {
    const findings = errors.filter(({ at }) => at === box.stack)
    const isCause = findings.some(({ code }) => codesOfCauses.has(code))
    const isKnown = errors.some(({ at, code }) => stacks.has(at) && codesOfCauses.has(code))
    // Where nothing more was seen is no news once it is known why.
    if (findings.length === 0 && (box.ends === null || (isKnown && box.ends === 'unknown'))) return null
    const named = findings.flatMap((finding) => (finding.by === null ? [] : [finding.by]))
    const last = trace.predicted ? lastDecision(trace.predicted, box.stack) : null
    return {
      ends: box.ends,
      lines: [...new Set(named.length > 0 || isCause || last === null ? named : [last])].slice(0, 3),
      cause: isCause || !isKnown,
    }
  }
}

/** The line by which the prediction ends at this place. */
function lastDecision(path: Path, stack: StackId): string | null {
  if (path.stoppedAt !== stack) return null
  const way = path.verdict === 'delivered' ? path.reply : path.forward
  return way.findLast((hop) => hop.stack === stack)?.decisions.at(-1)?.by ?? null
}

/** Adds to each place what was decided there and which statements speak of it. */
function complete(
  outline: Outline,
  predicted: readonly Hop[],
  guilt: Guilt,
  steps: readonly Step[],
  [near, far]: readonly [Endpoint, Endpoint],
): { readonly stations: readonly Station[]; readonly legs: readonly FigureLeg[] } {
  const boxes = outline.boxes.map(({ box }) => box)
  const stacks = new Set(boxes.map(({ stack }) => stack))
  const stations = outline.boxes.map(({ box, known }, i): Station => {
    const hop = predicted[i]?.stack === box.stack ? predicted[i] : undefined
    const guilty = guilt(box, stacks)
    const end = i === 0 ? near : i === boxes.length - 1 && isEnd(far, box.stack) ? far : undefined
    return {
      stack: box.stack,
      kind: stackKind(box.stack),
      box,
      known,
      address: end?.address ?? null,
      name: box.stack === 'internet' && end?.kind === 'host' ? end.name : null,
      enis: enisOf(box, predicted[i - 1], predicted[i + 1]),
      lines: decidingLines(hop, i === boxes.length - 1),
      translations: box.translations,
      guilty,
      steps: stepsAt(steps, boxes, i),
    }
  })
  return { stations, legs: outline.legs }
}

/** Is this place the end that was meant, and not where a packet was lost or a service's pod? */
const isEnd = (end: Endpoint, stack: StackId): boolean =>
  end.kind === 'pod' || end.kind === 'node' ? stackName(stack) === end.name : stackKind(stack) === 'internet'

/** Lines that say where a packet goes next. What allows it only is not drawn: every table would be a poster. */
function decidingLines(hop: Hop | undefined, last: boolean): readonly DecidingLine[] {
  // That an address is the pod's own needs no line: the box has it.
  if (!hop || (last && stackKind(hop.stack) === 'pod')) return []
  const shown = new Set(
    stackKind(hop.stack) === 'pod' ? ['route'] : ['rule', 'route', 'vpc-route', 'service'],
  )
  return hop.decisions
    .filter((decision) => shown.has(decision.stage))
    .map((decision) => ({ stage: decision.stage, line: decision.by }))
}

/** The VPC names its two sides by ENI; the node beside it calls the same thing `eth0`. */
function enisOf(box: Box, before: Hop | undefined, after: Hop | undefined): Station['enis'] {
  if (stackKind(box.stack) !== 'node') return []
  const pairs = [
    { interface: box.in, eni: before && stackKind(before.stack) === 'vpc' ? before.out : null },
    { interface: box.out, eni: after && stackKind(after.stack) === 'vpc' ? after.in : null },
  ]
  return pairs.flatMap((pair) =>
    pair.interface !== null && pair.eni?.startsWith('eni-')
      ? [{ interface: pair.interface, eni: pair.eni }]
      : [],
  )
}
