/** What is said of every pair of senders and receivers, by classes: one pair of each two classes is asked, and samples. */

export interface PairQuestion<Answer> {
  /** The class of each sender and of each receiver; who is both has the same. */
  readonly senders: Int32Array
  readonly receivers: Int32Array
  readonly isSame: (sender: number, receiver: number) => boolean
  readonly ask: (sender: number, receiver: number) => Answer
  /** Do two pairs of the same classes fare alike? */
  readonly alike: (one: Answer, other: Answer) => boolean
  /** Chooses the samples. */
  readonly seed: number
}

export interface PairTable<Answer> {
  /** How many classes there are. */
  readonly classes: number
  /** By class of the sender × `classes` + class of the receiver; null: no such pair, or `exceptions` has them. */
  readonly answers: readonly (Answer | null)[]
  /** How many pairs, in the same order. */
  readonly pairs: Float64Array
  /** By sender × number of receivers + receiver: pairs whose classes did not decide it. */
  readonly exceptions: ReadonlyMap<number, Answer>
  /** Pairs that were predicted one by one to check what their classes said. */
  readonly sampled: number
}

/** Pairs of each two classes that are asked beside the first. */
const samples = 2

/** Yields between pairs, so that whoever asks may pause. */
export function* pairTable<Answer>(
  question: PairQuestion<Answer>,
): Generator<undefined, PairTable<Answer>, undefined> {
  const { senders, receivers, isSame, ask, alike } = question
  const classes =
    1 + Math.max(-1, ...[senders, receivers].map((each) => each.reduce((a, b) => Math.max(a, b), -1)))
  const from = membersOf(senders, classes)
  const to = membersOf(receivers, classes)
  const answers: (Answer | null)[] = Array.from({ length: classes * classes }, () => null)
  const pairs = new Float64Array(classes * classes)
  const exceptions = new Map<number, Answer>()
  const random = numbers(question.seed)
  let sampled = 0
  for (const [c, some] of from.entries())
    for (const [d, others] of to.entries()) {
      if (some.length === 0 || others.length === 0) continue
      const same =
        c === d ? some.filter((sender) => others.some((receiver) => isSame(sender, receiver))).length : 0
      const count = some.length * others.length - same
      if (count === 0) continue
      const at = c * classes + d
      pairs[at] = count
      const first = firstPair(some, others, isSame)
      if (first === null) continue
      const answer = ask(...first)
      let sound = true
      for (let sample = 0; sound && sample < Math.min(samples, count - 1); sample++) {
        const sender = some[random(some.length)] ?? first[0]
        const receiver = others[random(others.length)] ?? first[1]
        if (isSame(sender, receiver)) continue
        sampled++
        sound = alike(answer, ask(sender, receiver))
      }
      yield
      if (sound) {
        answers[at] = answer
        continue
      }
      // The classes are finer than they look, or not fine enough: nobody guesses.
      for (const sender of some) {
        for (const receiver of others)
          if (!isSame(sender, receiver))
            exceptions.set(sender * receivers.length + receiver, ask(sender, receiver))
        yield
      }
    }
  return { classes, answers, pairs, exceptions, sampled }
}

function membersOf(classOf: Int32Array, classes: number): readonly (readonly number[])[] {
  const found: number[][] = Array.from({ length: classes }, () => [])
  classOf.forEach((c, member) => found[c]?.push(member))
  return found
}

function firstPair(
  senders: readonly number[],
  receivers: readonly number[],
  isSame: (sender: number, receiver: number) => boolean,
): [number, number] | null {
  for (const sender of senders.slice(0, 2))
    for (const receiver of receivers.slice(0, 2)) if (!isSame(sender, receiver)) return [sender, receiver]
  return null
}

/** Numerical Recipes' linear congruential generator: the same samples for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
