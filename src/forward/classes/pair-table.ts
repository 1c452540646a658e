/** What comes of every pair of senders and receivers, by classes: one pair of each two ways is predicted, and samples of others. */
import type { Steps } from '../../edge/breath.ts'
import type { Classes } from './classes.ts'

/** How a pair of two ways fares, for pairs whose labels differ. */
export interface ByLabels {
  /** The answer where no policy stops a pair. */
  readonly passing: number
  /** The answer of a pair that a policy stops, or `passes`. */
  readonly stopFor: (sender: number, receiver: number) => number
  /** Of equal keys, equal labels are stopped alike; null: each class is asked. */
  readonly key: string | null
}

export const passes = -1

export interface PairQuestion {
  /** Of every end, senders and receivers alike. */
  readonly classes: Classes
  /** By ends. */
  readonly sends: readonly boolean[]
  readonly receives: readonly boolean[]
  /** Predicts one pair: the number of its answer, not below 0. */
  readonly ask: (sender: number, receiver: number) => number
  /** Null: the pair says nothing of pairs with other labels. */
  readonly open: (sender: number, receiver: number) => ByLabels | null
  /** Do pairs with these answers fare alike? A line that names one pod is another line for another. */
  readonly alike: (one: number, other: number) => boolean
  /** Chooses the samples. */
  readonly seed: number
}

/** There is no such pair. */
export const noPair = -1
/** `exceptions` has them. */
export const oneByOne = -2

export interface PairTable {
  readonly classes: readonly EndClass[]
  /** By class of the sender × number of classes + class of the receiver: answers, `noPair` or `oneByOne`. */
  readonly answers: Int32Array
  /** By sender × number of ends + receiver: pairs whose classes do not decide it. */
  readonly exceptions: ReadonlyMap<number, number>
  /** Pairs that stand for all pairs of their two ways with this answer. */
  readonly examples: readonly PairExample[]
  /** Pairs that were predicted one by one, and those of them that check what their classes say. */
  readonly predicted: number
  readonly sampled: number
  /** How many times a sample spoke against its classes. */
  readonly disagreed: number
}

export interface PairExample {
  readonly answer: number
  readonly sender: number
  readonly receiver: number
}

export interface EndClass {
  readonly way: number
  readonly label: number
  readonly senders: readonly number[]
  readonly receivers: readonly number[]
  /** How many ends are among both. */
  readonly both: number
}

/** How many pairs there are of a sender and a receiver of two classes. Nobody is both ends of a pair. */
export const pairsBetween = (from: EndClass, to: EndClass): number =>
  from.senders.length * to.receivers.length - (from === to ? from.both : 0)

/** Stops after every two ways. `done` is told how many pairs are decided. */
export function* pairTable(question: PairQuestion, done: (pairs: number) => void): Steps<PairTable> {
  const classes = endClasses(question)
  const size = classes.length
  const ends = question.sends.length
  const answers = new Int32Array(size * size).fill(noPair)
  const exceptions = new Map<number, number>()
  const examples: PairExample[] = []
  const random = numbers(question.seed)
  const stops = new Map<string, Map<number, number>>()
  const byWay = classesByWay(classes)
  const labels = 1 + classes.reduce((most, { label }) => Math.max(most, label), 0)
  let predicted = 0
  let sampled = 0
  let disagreed = 0
  let decided = 0
  const ask = (sender: number, receiver: number): number => {
    predicted++
    return question.ask(sender, receiver)
  }
  for (const some of byWay)
    for (const others of byWay) {
      const pairs = pairsOf(classes, some, others)
      const [first] = pairs
      if (first === undefined) continue
      const open =
        first.count === 1 && pairs.length === 1 ? null : question.open(first.sender, first.receiver)
      if (open !== null) predicted++
      const known = open?.key == null ? null : mapOf(stops, open.key)
      const seen = new Set<number>()
      for (const { c, d, sender, receiver, count } of pairs) {
        let answer: number
        if (open === null) answer = ask(sender, receiver)
        else {
          const at = (classes[c]?.label ?? 0) * labels + (classes[d]?.label ?? 0)
          let stop = known?.get(at)
          if (stop === undefined) {
            stop = open.stopFor(sender, receiver)
            known?.set(at, stop)
          }
          answer = stop === passes ? open.passing : stop
        }
        answers[c * size + d] = answer
        if (!seen.has(answer)) examples.push({ answer, sender, receiver })
        seen.add(answer)
        decided += count
      }
      yield
      done(decided)
      if (sampled >= mostSamples && random(rarely) > 0) continue
      const sample = sampleOf(classes, pairs, random)
      if (sample === null) continue
      sampled++
      const is = ask(sample.sender, sample.receiver)
      if (question.alike(is, answers[sample.c * size + sample.d] ?? noPair)) continue
      // The classes are not as fine as they ought to be: nobody guesses.
      disagreed++
      for (const { c, d } of pairs) {
        answers[c * size + d] = oneByOne
        for (const sender of classes[c]?.senders ?? []) {
          for (const receiver of classes[d]?.receivers ?? [])
            if (sender !== receiver) exceptions.set(sender * ends + receiver, ask(sender, receiver))
          yield
        }
      }
    }
  return { classes, answers, exceptions, examples, predicted, sampled, disagreed }
}

function endClasses({ classes: { ways, labels }, sends, receives }: PairQuestion): readonly EndClass[] {
  const found = new Map<string, EndClass & { senders: number[]; receivers: number[]; both: number }>()
  for (const [end, way] of ways.entries()) {
    const label = labels[end] ?? 0
    const key = `${way} ${label}`
    const one = found.get(key) ?? { way, label, senders: [], receivers: [], both: 0 }
    found.set(key, one)
    if (sends[end] === true) one.senders.push(end)
    if (receives[end] === true) one.receivers.push(end)
    if (sends[end] === true && receives[end] === true) one.both++
  }
  return [...found.values()]
}

function classesByWay(classes: readonly EndClass[]): readonly (readonly number[])[] {
  const found = new Map<number, number[]>()
  for (const [c, { way }] of classes.entries()) {
    const some = found.get(way)
    if (some === undefined) found.set(way, [c])
    else some.push(c)
  }
  return [...found.values()]
}

/** So many of two ways each are checked; after them one of `rarely`. */
const mostSamples = 20_000
const rarely = 8

interface ClassPair {
  readonly c: number
  readonly d: number
  /** One of them. */
  readonly sender: number
  readonly receiver: number
  readonly count: number
}

function pairsOf(
  classes: readonly EndClass[],
  some: readonly number[],
  others: readonly number[],
): readonly ClassPair[] {
  const found: ClassPair[] = []
  for (const c of some)
    for (const d of others) {
      const [from, to] = [classes[c], classes[d]]
      if (from === undefined || to === undefined) continue
      const count = pairsBetween(from, to)
      const [sender] = from.senders
      if (sender === undefined || count === 0) continue
      const receiver = to.receivers.find((one) => one !== sender)
      // The only receiver may be the first of several senders.
      if (receiver !== undefined) found.push({ c, d, sender, receiver, count })
      else {
        const [second, only] = [from.senders[1], to.receivers[0]]
        if (second !== undefined && only !== undefined)
          found.push({ c, d, sender: second, receiver: only, count })
      }
    }
  return found
}

/** Null: there is no other pair than those that were asked. */
function sampleOf(
  classes: readonly EndClass[],
  pairs: readonly ClassPair[],
  random: (below: number) => number,
): ClassPair | null {
  for (let attempt = 0; attempt < 4; attempt++) {
    const pair = pairs[random(pairs.length)]
    if (pair === undefined || (pair.count === 1 && pairs.length === 1)) return null
    const [from, to] = [classes[pair.c], classes[pair.d]]
    const sender = from?.senders[random(from.senders.length)]
    const receiver = to?.receivers[random(to.receivers.length)]
    if (sender === undefined || receiver === undefined || sender === receiver) continue
    if (sender !== pairs[0]?.sender || receiver !== pairs[0].receiver) return { ...pair, sender, receiver }
  }
  return null
}

function mapOf<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = maps.get(key) ?? new Map<K, V>()
  maps.set(key, known)
  return known
}

/** Numerical Recipes' linear congruential generator: the same samples for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
