/** Who reaches whom where there are millions of pairs: pods that are alike are asked once. */
import { groupCauses } from '../diagnose/group-causes.ts'
import { sayGroup } from '../diagnose/findings/say-cause.ts'
import { Breath, inBreaths, type Steps } from '../edge/breath.ts'
import { classSteps, type Classes } from '../forward/classes/classes.ts'
import {
  noPair,
  oneByOne,
  pairsBetween,
  pairTable,
  type PairExample,
  type PairTable,
} from '../forward/classes/pair-table.ts'
import { twins } from '../forward/classes/twins.ts'
import { Budget, matrixSteps } from '../forward/run/budget.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { isIp4, parseIp } from '../model/address/address.ts'
import type { SaidDiagnosis } from '../model/diagnosis/said-diagnosis.ts'
import { protocolName } from '../model/packet/packet.ts'
import type { ClassCell, ClassMatrix, ClassReason, EndGroup } from '../model/result/class-matrix.ts'
import { isRejectedPair } from '../model/result/refusal.ts'
import type { OverallVerdict } from '../model/result/result.ts'
import { Asked, type ClassMatrixInput } from './class-answers.ts'
import { isSameEnd, mostNamed, type MatrixEnd } from './matrix.ts'

/** Flows that fail for one reason and are held against causes, at the most. */
const mostTried = 12
/** Where those do not agree, of all that fail for their reasons: each is held against every cause that is known. */
const mostTriedOfMixed = 300
/** Milliseconds between two words of how far it has come. */
const silence = 2_000

/**
 * Predicts a pair of each two classes from one snapshot. Rejects with the signal's reason when it is aborted.
 */
export async function classMatrixOf(input: ClassMatrixInput): Promise<ClassMatrix> {
  const breath = new Breath(input.signal)
  const allowance = new Budget(matrixSteps(input.predictor.characters))
  const ends = [...input.to, ...input.from.filter((one) => !input.to.some((other) => isSameEnd(one, other)))]
  const asked = new Asked(input, ends, allowance)
  const classes = await inBreaths(classesOfEnds(input, ends), breath)
  const senders = new Set(input.from.map(keyOf))
  const receivers = new Set(input.to.map(keyOf))
  const all = input.from.length * input.to.length
  let said = performance.now()
  const table = await inBreaths(
    pairTable(
      {
        classes,
        sends: ends.map((end) => end.stack !== null && senders.has(keyOf(end))),
        receives: ends.map((end) => parseIp(end.endpoint.address) !== undefined && receivers.has(keyOf(end))),
        ask: (from, to) => asked.ask(from, to),
        open: (from, to) => asked.open(from, to),
        alike: (one, other) => asked.areAlike(one, other),
        seed: 1,
      },
      (pairs) => {
        if (performance.now() - said < silence) return
        said = performance.now()
        input.progress((say) => say.pairsPredicted(pairs, all))
      },
    ),
    breath,
  )
  return resultOf(input, ends, asked, table, breath, allowance)
}

const keyOf = ({ endpoint: { kind, name } }: MatrixEnd): string => `${kind} ${name}`

/** Who is no pod with an IPv4 address is alone. */
function* classesOfEnds({ predictor, flow }: ClassMatrixInput, ends: readonly MatrixEnd[]): Steps<Classes> {
  const members: { readonly stack: string; readonly address: number; readonly end: number }[] = []
  const others: number[] = []
  const stacks = new Set<string>()
  for (const [end, { stack, endpoint }] of ends.entries()) {
    const address = parseIp(endpoint.address)
    if (address === undefined || !isIp4(address)) continue
    if (stack !== null && endpoint.kind === 'pod' && !stacks.has(stack)) {
      stacks.add(stack)
      members.push({ stack, address, end })
    } else others.push(address)
  }
  const source = {
    fabric: predictor.fabric,
    objects: predictor.compiled.surroundings.policy === undefined ? null : predictor.objects,
  }
  const found = yield* classSteps(source, members, { protocol: flow.protocol, others })
  const ways = Int32Array.from(ends, (_, end) => members.length + end)
  const labels = Int32Array.from(ways)
  for (const [index, { end }] of members.entries()) {
    ways[end] = found.ways[index] ?? 0
    labels[end] = found.labels[index] ?? 0
  }
  return { ways, labels }
}

interface Failing {
  readonly flow: Flow
  readonly example: PairExample
}

async function resultOf(
  input: ClassMatrixInput,
  ends: readonly MatrixEnd[],
  asked: Asked,
  table: PairTable,
  breath: Breath,
  allowance: Budget,
): Promise<ClassMatrix> {
  const { classes, exceptions } = table
  const size = classes.length
  const causes = await causesOf(input, ends, asked, table, breath, allowance)
  const told = new Told(asked, table, ends.length, causes.indexOf)
  const answers = told.table
  await breath.take()
  const groupOf = twins(answers, size)
  const count = 1 + groupOf.reduce((most, one) => Math.max(most, one), -1)
  const classOfEnd = new Int32Array(ends.length)
  const groups = Array.from({ length: count }, () => ({ senders: 0, receivers: 0, such: [] as string[] }))
  for (const [c, { senders, receivers }] of classes.entries()) {
    const group = groups[groupOf[c] ?? 0]
    if (group === undefined) continue
    group.senders += senders.length
    group.receivers += receivers.length
    for (const end of new Set([...senders, ...receivers])) {
      classOfEnd[end] = groupOf[c] ?? 0
      if (group.such.length < mostNamed) group.such.push(ends[end]?.endpoint.name ?? '')
    }
  }
  const pairs = new Float64Array(count * count)
  const cells = new Int32Array(count * count).fill(noPair)
  for (const [c, from] of classes.entries()) {
    for (const [d, to] of classes.entries()) {
      const answer = answers[c * size + d] ?? noPair
      if (answer === noPair) continue
      const at = (groupOf[c] ?? 0) * count + (groupOf[d] ?? 0)
      cells[at] = answer
      pairs[at] = (pairs[at] ?? 0) + pairsBetween(from, to)
    }
    if (breath.isDue) await breath.take()
  }
  const cellOf = (from: number, to: number): ClassCell | null => {
    const answer = told.answers[cells[from * count + to] ?? noPair]
    return answer === undefined ? null : { pairs: pairs[from * count + to] ?? 0, ...answer }
  }
  const place = new Map(input.from.map((end, index) => [keyOf(end), index]))
  const receiverAt = new Map(input.to.map((end, index) => [keyOf(end), index]))
  const indexOf = (known: ReadonlyMap<string, number>, end: number): number => {
    const one = ends[end]
    return one === undefined ? -1 : (known.get(keyOf(one)) ?? -1)
  }
  const told1 = [...exceptions].flatMap(([at, answer]) => {
    const [from, to] = [Math.floor(at / ends.length), at % ends.length]
    const said = told.answers[told.ofException(at, answer)]
    return said === undefined
      ? []
      : [{ from: indexOf(place, from), to: indexOf(receiverAt, to), pairs: 1, ...said }]
  })
  const every = [...[...cells].flatMap((answer) => told.answers[answer] ?? []), ...told1]
  const endAt = new Map(ends.map((end, index) => [keyOf(end), index]))
  const classed = (end: MatrixEnd): number => classOfEnd[endAt.get(keyOf(end)) ?? 0] ?? 0
  return {
    version: 1,
    source: input.source,
    verdict: verdictOf(every, asked.reasons),
    startedAt: new Date(input.started).toISOString(),
    durationMs: Date.now() - input.started,
    protocol: protocolName(input.flow.protocol),
    port: input.flow.destinationPort ?? null,
    work: {
      pairs: pairs.reduce((sum, one) => sum + one, 0),
      predicted: table.predicted,
      sampled: table.sampled,
      disagreed: table.disagreed,
    },
    from: input.from.map((end) => ({ ...end.endpoint, class: classed(end) })),
    to: input.to.map((end) => ({ ...end.endpoint, class: classed(end) })),
    classes: groups satisfies readonly EndGroup[],
    cellOf,
    exceptions: told1,
    reasons: asked.reasons,
    diagnosis: causes.diagnosis(told.pairsOf),
    gaps: input.predictor.gaps,
  }
}

interface Causes {
  /** The cause of pairs with this answer and, where they have several, of these two ways; null: not known. */
  readonly indexOf: (answer: number, ways: string) => number | null
  readonly diagnosis: (pairsOf: (index: number) => number) => readonly SaidDiagnosis[]
}

/** Why pairs fail: for a part of each reason's, and for all of them where that part has several causes. */
async function causesOf(
  input: ClassMatrixInput,
  ends: readonly MatrixEnd[],
  asked: Asked,
  { classes, examples, exceptions }: PairTable,
  breath: Breath,
  allowance: Budget,
): Promise<Causes> {
  const { predictor, language } = input
  const wayOf = new Map<number, number>()
  for (const { way, senders, receivers } of classes)
    for (const end of [...senders, ...receivers]) wayOf.set(end, way)
  const waysOf = ({ sender, receiver }: PairExample): string =>
    `${wayOf.get(sender) ?? ''} ${wayOf.get(receiver) ?? ''}`
  const failing = [
    ...examples,
    ...[...exceptions].map(([at, answer]) => ({
      answer,
      sender: Math.floor(at / ends.length),
      receiver: at % ends.length,
    })),
  ].filter(({ answer }) => asked.answers[answer]?.predicted !== 'delivered')
  const byAnswer = new Map<number, PairExample[]>()
  for (const example of failing) {
    const such = byAnswer.get(example.answer)
    if (such === undefined) byAnswer.set(example.answer, [example])
    else such.push(example)
  }
  const item = (example: PairExample): Failing => ({
    example,
    flow: asked.flow(example.sender, example.receiver),
  })
  const some = [...byAnswer.values()].flatMap((all) => spread(all, mostTried)).map(item)
  let { groups } = await groupCauses(predictor, some, breath, allowance)
  const found = new Map<number, Set<number | null>>()
  const note = (): void => {
    found.clear()
    const indexes = new Map(groups.flatMap(({ items }, index) => items.map((one) => [one.example, index])))
    for (const { example } of [...some, ...more]) {
      const seen = found.get(example.answer) ?? new Set()
      found.set(example.answer, seen)
      seen.add(indexes.get(example) ?? null)
    }
  }
  let more: readonly Failing[] = []
  note()
  const mixed = new Set([...found].filter(([, seen]) => seen.size > 1).map(([answer]) => answer))
  if (mixed.size > 0) {
    const tried = new Set(some.map(({ example }) => example))
    more = spread(
      failing.filter((example) => mixed.has(example.answer) && !tried.has(example)),
      mostTriedOfMixed,
    ).map(item)
    groups = (await groupCauses(predictor, [...some, ...more], breath, allowance)).groups
    note()
  }
  const byWays = new Map(
    groups.flatMap(({ items }, index) =>
      items.map(({ example }) => [`${example.answer} ${waysOf(example)}`, index] as const),
    ),
  )
  return {
    indexOf: (answer, ways) => {
      const seen = found.get(answer)
      if (seen === undefined) return null
      const [only = null] = seen
      return seen.size === 1 && !mixed.has(answer) ? only : (byWays.get(`${answer} ${ways}`) ?? null)
    },
    diagnosis: (pairsOf) =>
      groups.map((group, index) => {
        const names = group.items.map(({ example }) => [
          ends[example.sender]?.endpoint.name ?? '',
          ends[example.receiver]?.endpoint.name ?? '',
        ])
        const [[from = '', to = ''] = []] = names
        return sayGroup(
          catalogue(language),
          group,
          predictor.fabric,
          { from, to },
          {
            pairs: pairsOf(index),
            of: input.from.length * input.to.length,
            such: names.slice(0, mostNamed).map(([one, other]) => `${one} → ${other}`),
          },
        )
      }),
  }
}

/** Evenly, from the first on. */
const spread = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length <= most
    ? list
    : Array.from({ length: most }, (_, at) => list[Math.floor((at * list.length) / most)]).flatMap(
        (one) => one ?? [],
      )

type ToldAnswer = Omit<ClassCell, 'pairs'>

/** The answers with their causes, each once. */
class Told {
  readonly answers: ToldAnswer[] = []
  readonly table: Int32Array
  readonly #numbers = new Map<string, number>()
  readonly #pairs = new Map<number, number>()
  readonly #asked: Asked
  readonly #wayOf: ReadonlyMap<number, number>
  readonly #ends: number
  readonly #causeOf: Causes['indexOf']

  constructor(
    asked: Asked,
    { classes, answers, exceptions }: PairTable,
    ends: number,
    causeOf: Causes['indexOf'],
  ) {
    this.#asked = asked
    this.#ends = ends
    this.#causeOf = causeOf
    const wayOf = new Map<number, number>()
    for (const { way, senders, receivers } of classes)
      for (const end of [...senders, ...receivers]) wayOf.set(end, way)
    this.#wayOf = wayOf
    const size = classes.length
    this.table = Int32Array.from(answers, (answer, at) => {
      if (answer === noPair || answer === oneByOne) return answer
      const [from, to] = [classes[Math.floor(at / size)], classes[at % size]]
      if (from === undefined || to === undefined) return noPair
      return this.#number(answer, () => `${from.way} ${to.way}`, pairsBetween(from, to))
    })
    for (const [at, answer] of exceptions) this.#number(answer, () => this.#ways(at), 1)
  }

  readonly pairsOf = (diagnosis: number): number => this.#pairs.get(diagnosis) ?? 0

  ofException(at: number, answer: number): number {
    return this.#number(answer, () => this.#ways(at), 0)
  }

  #ways(at: number): string {
    return `${this.#wayOf.get(Math.floor(at / this.#ends)) ?? ''} ${this.#wayOf.get(at % this.#ends) ?? ''}`
  }

  #number(answer: number, ways: () => string, pairs: number): number {
    const given = this.#asked.answers[answer]
    if (given === undefined) return noPair
    const diagnosis = given.predicted === 'delivered' ? null : this.#causeOf(answer, ways())
    if (diagnosis !== null) this.#pairs.set(diagnosis, (this.#pairs.get(diagnosis) ?? 0) + pairs)
    const key = `${answer} ${diagnosis}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.answers.length)
    return this.answers.push({ ...given, diagnosis }) - 1
  }
}

function verdictOf(cells: readonly ToldAnswer[], reasons: readonly ClassReason[]): OverallVerdict {
  const rejected = (cell: ToldAnswer): boolean => isRejectedPair(cell, reasons)
  if (cells.some((cell) => cell.predicted === 'dropped' && !rejected(cell))) return 'dropped'
  if (cells.some(rejected)) return 'refused'
  if (cells.length === 0 || cells.some(({ predicted }) => predicted === 'unknown')) return 'unknown'
  return 'delivered'
}
