import type { Evaluated, Mismatch } from '../../model/path/evaluated.ts'
import type { Decision, Hop, PacketView, Stage, Translation } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { viewOf, type PacketState } from './packet-state.ts'
import type { VpcEvaluated } from './boundaries.ts'

/** A hop that is being written down. */
export interface OpenHop {
  readonly stack: StackId
  readonly in: string | null
  out: string | null
  readonly packetIn: PacketView | null
  packetOut: PacketView | null
  readonly decisions: Decision[]
}

/** Lines that are noted: a packet that a hundred routers pass on between them asks millions. What comes after is not. */
export const mostLines = 100_000

/** Decisions that are written down of one path: no packet that arrives has a hundredth as many. */
const mostDecisions = 20_000
/** And characters of the lines that they quote: a line may be as long as its file. */
const mostCharacters = 10_000_000

/** Writes down what a run decides. Without one, a run only finds the verdict, which is many times faster. */
export class Recorder {
  /** Every line that was asked, in order; null: nobody wants to know. */
  readonly evaluated: Evaluated[] | null
  readonly forward: Hop[] = []
  readonly reply: Hop[] = []
  readonly translations: Translation[] = []
  /** The packets as their receivers got them. */
  readonly received: { forward: PacketView | null; reply: PacketView | null } = { forward: null, reply: null }
  #hops: Hop[] = this.forward
  #open: OpenHop | null = null
  #decisions = 0
  #characters = 0

  constructor(everyLine = false) {
    this.evaluated = everyLine ? [] : null
  }

  /** Somebody wants to know of every line, and there is room for more. */
  get noting(): boolean {
    return this.evaluated !== null && this.evaluated.length < mostLines
  }

  /** A line was asked, at the open hop. A look-up that is made again, with a source, replaces the one without. */
  noteEvaluated(
    stage: Stage,
    place: string,
    by: string,
    matched: boolean,
    mismatches: readonly Mismatch[],
  ): void {
    const open = this.#open
    if (this.evaluated === null || open === null) return
    this.evaluated.push({
      direction: this.#hops === this.forward ? 'forward' : 'reply',
      hop: this.#hops.length - 1,
      at: open.stack,
      stage,
      place,
      by,
      matched,
      lacks: mismatches,
      after: open.decisions.length,
    })
  }

  /** The open hop's look-up starts anew: what it asked before counts no more. */
  forgetLookUp(): void {
    const { evaluated } = this
    const hops = this.#hops.length - 1
    const after = this.mark()
    while (evaluated && evaluated.length > 0) {
      const last = evaluated.at(-1)
      if (last?.hop !== hops || last.after !== after) return
      if (last.stage !== 'rule' && last.stage !== 'route') return
      evaluated.pop()
    }
  }

  /** What is decided from here on is written down nowhere, until `resume` with what this gave. */
  pause(): OpenHop | null {
    const open = this.#open
    this.#open = null
    return open
  }

  resume(open: OpenHop | null): void {
    this.#open = open
  }

  /** What follows belongs to the reply. */
  turn(): void {
    this.#open = null
    this.#hops = this.reply
  }

  enter(stack: StackId, device: string | null, packet: PacketState | null): void {
    const hop: OpenHop = {
      stack,
      in: device,
      out: null,
      packetIn: packet === null || device === null ? null : viewOf(packet),
      packetOut: null,
      decisions: [],
    }
    this.#open = hop
    this.#hops.push(hop)
  }

  leave(device: string, packet: PacketState): void {
    if (!this.#open) return
    this.#open.out = device
    this.#open.packetOut = viewOf(packet)
  }

  /** The packet was delivered: as it stood at last. */
  receive(packet: PacketState): void {
    this.received[this.#hops === this.forward ? 'forward' : 'reply'] = viewOf(packet)
  }

  decide(stage: Stage, by: string, effect: string): void {
    this.note({ stage, by, effect })
  }

  note(decision: Decision): void {
    if (this.#decisions > mostDecisions || this.#characters > mostCharacters) return
    this.#decisions++
    this.#characters += decision.by.length
    this.#open?.decisions.push(decision)
  }

  /** The last word: it stands there however much was decided before. */
  conclude(decision: Decision): void {
    this.#open?.decisions.push(decision)
  }

  /** How many decisions the open hop has; `drop` takes back what came after. */
  mark(): number {
    return this.#open?.decisions.length ?? 0
  }

  /** Takes back a jump that led to nothing: everything after `mark`, if it is only the jump itself. */
  undoIfLast(mark: number): void {
    const decisions = this.#open?.decisions
    if (decisions && decisions.length === mark + 1) decisions.length = mark
  }

  insert(hops: readonly Hop[], evaluated: readonly VpcEvaluated[] = []): void {
    this.#open = null
    const direction = this.#hops === this.forward ? 'forward' : 'reply'
    for (const one of evaluated) this.evaluated?.push({ ...one, direction, hop: this.#hops.length + one.hop })
    this.#hops.push(...hops)
    for (const hop of hops) for (const one of rewritten(hop)) this.translate(one)
  }

  translate(translation: Translation): void {
    if (this.#hops === this.forward) this.translations.push(translation)
  }
}

/** What a gateway of the VPC rewrote, by the line that says so. */
function rewritten({ stack, packetIn, packetOut, decisions }: Hop): readonly Translation[] {
  if (packetIn === null || packetOut === null) return []
  const by = decisions.find((decision) => decision.stage === 'gateway')?.by ?? ''
  return [
    ...(packetIn.src === packetOut.src
      ? []
      : [{ at: stack, kind: 'SNAT' as const, from: packetIn.src, to: packetOut.src, by }]),
    ...(packetIn.dst === packetOut.dst
      ? []
      : [{ at: stack, kind: 'DNAT' as const, from: packetIn.dst, to: packetOut.dst, by }]),
  ]
}
