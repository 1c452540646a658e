import type { Decision, Hop, PacketView, Stage, Translation } from '../model/path.ts'
import type { StackId } from '../model/stack-id.ts'
import type { NearMiss } from './near-miss.ts'
import { viewOf, type PacketState } from './packet-state.ts'

interface OpenHop {
  readonly stack: StackId
  readonly in: string | null
  out: string | null
  readonly packetIn: PacketView | null
  packetOut: PacketView | null
  readonly decisions: Decision[]
}

/** Writes down what a run decides. Without one, a run only finds the verdict, which is many times faster. */
export class Recorder {
  /** Null: nobody asks what almost decided. */
  readonly misses: NearMiss[] | null
  readonly forward: Hop[] = []
  readonly reply: Hop[] = []
  readonly translations: Translation[] = []
  /** The packets as their receivers got them. */
  readonly received: { forward: PacketView | null; reply: PacketView | null } = { forward: null, reply: null }
  #hops: Hop[] = this.forward
  #open: OpenHop | null = null

  constructor(withMisses = false) {
    this.misses = withMisses ? [] : null
  }

  miss(miss: NearMiss): void {
    this.misses?.push(miss)
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
    this.#open?.decisions.push({ stage, by, effect })
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

  insert(hops: readonly Hop[]): void {
    this.#open = null
    this.#hops.push(...hops)
  }

  translate(translation: Translation): void {
    if (this.#hops === this.forward) this.translations.push(translation)
  }
}
