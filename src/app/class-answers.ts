/** What is answered to pairs that stand for others. */
import { withoutFlow } from '../change/pairs/compare.ts'
import { passes, type ByLabels } from '../forward/classes/pair-table.ts'
import { stopOf, tracePolicies } from '../forward/classes/policy-trace.ts'
import type { Budget } from '../forward/run/budget.ts'
import type { Flow, Prediction } from '../forward/walk/predict.ts'
import { parseIp, type Ip } from '../model/address/address.ts'
import { protocolTowards } from '../model/packet/packet.ts'
import type { ClassCell, ClassReason } from '../model/result/class-matrix.ts'
import { flowOf, reasonOf, summed, type MatrixEnd, type MatrixInput } from './matrix.ts'

/** What is asked of millions of pairs is not what is sent to any of them. */
export type ClassMatrixInput = Omit<MatrixInput, 'probe'>

export type Answer = Pick<ClassCell, 'predicted' | 'probability' | 'reason'>

/** What was answered, each answer and each reason once. */
export class Asked {
  readonly answers: Answer[] = []
  readonly reasons: (ClassReason & { places: number })[] = []
  readonly #input: ClassMatrixInput
  readonly #ends: readonly MatrixEnd[]
  readonly #addresses: readonly (Ip | undefined)[]
  readonly #allowance: Budget
  readonly #answers = new Map<string, number>()
  readonly #reasons = new Map<string, { readonly index: number; readonly places: Set<string> }>()

  constructor(input: ClassMatrixInput, ends: readonly MatrixEnd[], allowance: Budget) {
    this.#input = input
    this.#ends = ends
    this.#addresses = ends.map((end) => parseIp(end.endpoint.address))
    this.#allowance = allowance
  }

  flow(from: number, to: number): Flow {
    const [sender, receiver] = [this.#ends[from], this.#ends[to]]
    const flow = sender && receiver && flowOf(this.#input, sender, receiver)
    if (flow == null) throw new Error(`nobody sends from ${from} to ${to}`)
    return { ...flow, protocol: protocolTowards(flow.to, flow.protocol) }
  }

  ask(from: number, to: number): number {
    return this.#answerOf(this.#input.predictor.predict(this.flow(from, to), this.#allowance))
  }

  open(from: number, to: number): ByLabels | null {
    const { compiled } = this.#input.predictor
    const { policy } = compiled.surroundings
    if (policy === undefined)
      return { passing: this.ask(from, to), stopFor: () => passes, key: 'no policies' }
    const [sender, receiver] = [this.#traced(from), this.#traced(to)]
    const trace = tracePolicies(compiled, this.flow(from, to), sender, receiver, this.#allowance)
    if (trace === null) return null
    return {
      passing: this.#answerOf({ paths: [trace.path] }),
      key:
        this.#ends[from]?.endpoint.kind === 'pod' && this.#ends[to]?.endpoint.kind === 'pod'
          ? trace.key
          : null,
      stopFor: (one, other) => {
        const stop = stopOf(
          policy,
          trace,
          [sender, receiver],
          [this.#traced(one), this.#traced(other)],
          this.#allowance,
        )
        if (stop === null) return passes
        const { verdict, at, ofReply, decision } = stop
        return this.#numberOf({
          predicted: verdict,
          probability: 1,
          reason: this.#reasonOf({ ...decision, verdict, at, ofReply }),
        })
      },
    }
  }

  areAlike(one: number, other: number): boolean {
    const [a, b] = [this.answers[one], this.answers[other]]
    if (a === undefined || b === undefined) return false
    const stage = ({ reason }: Answer): string | null =>
      reason === null ? null : (this.reasons[reason]?.stage ?? null)
    return (
      a.predicted === b.predicted && Math.abs(a.probability - b.probability) < 1e-9 && stage(a) === stage(b)
    )
  }

  #traced(end: number): { readonly stack: string | null; readonly address: Ip } {
    const address = this.#addresses[end]
    if (address === undefined) throw new Error(`${end} has no address`)
    return { stack: this.#ends[end]?.stack ?? null, address }
  }

  #answerOf(prediction: Prediction): number {
    const { verdict, probability, decisive } = summed(prediction)
    return this.#numberOf({
      predicted: verdict,
      probability,
      reason:
        decisive === null || verdict === 'delivered' ? null : this.#reasonOf(reasonOf(decisive, verdict)),
    })
  }

  #numberOf(answer: Answer): number {
    const key = `${answer.predicted} ${answer.probability.toFixed(9)} ${answer.reason}`
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    this.#answers.set(key, this.answers.length)
    return this.answers.push(answer) - 1
  }

  /** Each once, wherever it stands: a rule that every node has stops packets at each of them. */
  #reasonOf(reason: Omit<ClassReason, 'places'>): number {
    const by = withoutFlow(reason)
    const key = JSON.stringify([reason.verdict, reason.ofReply, reason.stage, by])
    const known = this.#reasons.get(key)
    if (known === undefined) {
      const index = this.reasons.push({ ...reason, places: 1 }) - 1
      this.#reasons.set(key, { index, places: new Set([reason.at]) })
      return index
    }
    known.places.add(reason.at)
    const first = this.reasons[known.index]
    if (first !== undefined) {
      first.places = known.places.size
      // What is said of each flow by its own addresses is said of all of them without these.
      if (first.by !== reason.by) this.reasons[known.index] = { ...first, by }
    }
    return known.index
  }
}
