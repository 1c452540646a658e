import { formatIp } from '../../model/address/address.ts'
import { protocolName, type Packet } from '../../model/packet/packet.ts'
import type { Mismatch } from '../../model/path/evaluated.ts'
import type { Decision, Hop, PacketView, Stage } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { VpcEvaluated, VpcOutcome } from '../run/boundaries.ts'

/** As it stands in a result; what is not known is left out. */
export const packetView = (packet: Packet): PacketView => ({
  src: formatIp(packet.src),
  dst: formatIp(packet.dst),
  protocol: protocolName(packet.protocol),
  ttl: packet.ttl,
  ...(packet.sourcePort === null ? {} : { sourcePort: packet.sourcePort }),
  ...(packet.destinationPort === null ? {} : { destinationPort: packet.destinationPort }),
  ...(packet.icmpType === null ? {} : { icmpType: packet.icmpType }),
  ...(packet.icmpCode === null ? {} : { icmpCode: packet.icmpCode }),
  length: packet.length,
})

interface OpenHop {
  readonly stack: StackId
  readonly in: string | null
  readonly packetIn: Packet | null
  readonly decisions: Decision[]
}

type Ended = Extract<VpcOutcome, { kind: 'dropped' | 'unknown' }>

/**
 * Writes the hops of one crossing. A doubt does not end the crossing: what comes after may drop the packet whatever
 * the doubt's answer is. Only a crossing that would succeed is `unknown` then, at its first doubt.
 */
export class HopWriter {
  readonly #record: boolean
  readonly #hops: Hop[] = []
  #open: OpenHop | null = null
  #at: StackId
  #uncertainty: Ended | null = null
  readonly #evaluated: VpcEvaluated[] | null
  #stacks = 0

  constructor(record: boolean, at: StackId, everyLine = false) {
    this.#record = record
    this.#at = at
    this.#evaluated = everyLine ? [] : null
  }

  /** Somebody wants to know of every line. */
  get everyLine(): boolean {
    return this.#evaluated !== null
  }

  noteEvaluated(
    stage: Stage,
    place: string,
    by: string,
    matched: boolean,
    mismatches: readonly Mismatch[],
  ): void {
    const after = this.#open?.decisions.length ?? 0
    this.#evaluated?.push({
      hop: this.#hops.length,
      at: this.#at,
      stage,
      place,
      by,
      matched,
      lacks: mismatches,
      after,
    })
  }

  #asked(): { readonly evaluated?: readonly VpcEvaluated[] } {
    return this.#evaluated === null ? {} : { evaluated: this.#evaluated }
  }

  /** The stacks that were entered so far. */
  get stacks(): number {
    return this.#stacks
  }

  enter(stack: StackId, device: string | null, packet: Packet | null): void {
    this.#stacks++
    this.#at = stack
    if (this.#record) this.#open = { stack, in: device, packetIn: packet, decisions: [] }
  }

  decide(decision: Decision): void {
    this.#open?.decisions.push(decision)
  }

  leave(device: string | null, packet: Packet | null): void {
    const open = this.#open
    if (open === null) return
    this.#hops.push(closed(open, device, packet))
    this.#open = null
  }

  leaveOpen(decision: Decision): void {
    this.#uncertainty ??= this.#ended('unknown', decision)
    this.decide(decision)
  }

  drop(decision: Decision): VpcOutcome {
    return this.#ended('dropped', decision)
  }

  /** Nothing more can be said of this packet. */
  giveUp(decision: Decision): VpcOutcome {
    return this.#uncertainty ?? this.#ended('unknown', decision)
  }

  /** `answers`: what does so where nobody read a stack behind the ENI. */
  arrive(eni: string, packet: Packet, answers: Decision | null = null): VpcOutcome {
    this.leave(eni, packet)
    return this.#uncertainty ?? { kind: 'arrives', eni, answers, packet, hops: this.#hops, ...this.#asked() }
  }

  /** It has reached something outside the fabric that answers. */
  answer(packet: Packet): VpcOutcome {
    this.leave(null, null)
    return this.#uncertainty ?? { kind: 'internet', packet, hops: this.#hops, ...this.#asked() }
  }

  #ended(kind: Ended['kind'], decision: Decision): Ended {
    const open = this.#open
    const last =
      open === null ? [] : [closed({ ...open, decisions: [...open.decisions, decision] }, null, null)]
    return { kind, at: this.#at, decision, hops: [...this.#hops, ...last], ...this.#asked() }
  }
}

const closed = (open: OpenHop, out: string | null, packetOut: Packet | null): Hop => ({
  stack: open.stack,
  in: open.in,
  out,
  packetIn: open.packetIn && packetView(open.packetIn),
  packetOut: packetOut && packetView(packetOut),
  decisions: open.decisions,
})
