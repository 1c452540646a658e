import { readOwnFile, writeOwnFile } from '../../own/own-file.ts'
import { faultRooms, type FaultCode, type FaultRoom } from '../../model/lab/fault.ts'
import { LabError } from '../daemon/lab-error.ts'
import type { LabRecord } from '../daemon/record/record.ts'
import { directoryOf } from '../daemon/record/registry.ts'

/** How hard: one fault that drops where it stands; one that misdirects or is a line too few; two at once. */
export const levels = [1, 2, 3] as const
export type Level = (typeof levels)[number]

/** A search that somebody is at in a lab. What is broken stands with the other faults of the lab, as a secret. */
export interface Exercise {
  readonly level: Level
  /** ISO 8601 */
  readonly since: string
  readonly hints: number
  /** Commands of podpath that looked at the lab meanwhile. */
  readonly questions: number
}

/** The packet dies where these stand. */
const plain: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'ip-forward-off',
  'interface-forwarding-off',
  'blackhole-route',
  'prohibit-rule',
  'service-cidr-blackhole',
  'veth-down',
  'forward-rule',
  'forward-policy',
  'forward-drops-new',
  'forward-drops-dns',
  'docker-user-reject',
  'firewalld-reject',
  'input-drops-pods',
  'output-drops-node',
  'pod-default-route-missing',
  'pod-service-route',
  'pod-link-down',
  'pod-output-drop',
  'pod-input-drop',
  'pod-ignores-ping',
  'security-group-closed',
  'security-group-egress-closed',
  'network-acl-deny',
  'network-acl-egress-deny',
  'internet-route-missing',
])

/** Controllers write their lines anew as these are done, and so would undo another fault. */
const alone: ReadonlySet<FaultRoom> = new Set<FaultRoom>(['kubernetes', 'settings', 'node-services'])

export const roomOf = (code: FaultCode): FaultRoom =>
  (Object.keys(faultRooms) as readonly FaultRoom[]).find((room) =>
    (faultRooms[room] as readonly FaultCode[]).includes(code),
  ) ?? 'kubernetes'

/**
 * The faults of an exercise, out of those that a lab can have. `chance(n)` is a whole number below n. Null: there are too few.
 */
export function chooseFaults(
  level: Level,
  possible: readonly FaultCode[],
  chance: (below: number) => number,
): readonly FaultCode[] | null {
  const one = (of: readonly FaultCode[]): FaultCode | undefined => of[of.length > 1 ? chance(of.length) : 0]
  const first = one(
    possible.filter((code) => (level === 3 ? !alone.has(roomOf(code)) : plain.has(code) === (level === 1))),
  )
  if (first === undefined) return null
  if (level < 3) return [first]
  const second = one(possible.filter((code) => !alone.has(roomOf(code)) && roomOf(code) !== roomOf(first)))
  return second === undefined ? null : [first, second]
}

export interface Score {
  readonly named: readonly FaultCode[]
  readonly missed: readonly FaultCode[]
  readonly wrong: readonly FaultCode[]
  readonly seconds: number
  readonly hints: number
  readonly questions: number
  /** Of 100. */
  readonly points: number
}

/** What a point is lost for: hints, questions and minutes after the first few, and names that are none. */
export const costs = {
  hint: 10,
  wrong: 10,
  question: 1,
  freeQuestions: 5,
  minute: 1,
  freeMinutes: 5,
} as const

/** @param now milliseconds since 1970 */
export function scoreOf(
  { since, hints, questions }: Exercise,
  causes: readonly FaultCode[],
  answer: readonly FaultCode[],
  now: number,
): Score {
  const named = causes.filter((code) => answer.includes(code))
  const wrong = [...new Set(answer)].filter((code) => !causes.includes(code))
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000))
  const points =
    (causes.length === 0 ? 0 : (100 * named.length) / causes.length) -
    costs.hint * hints -
    costs.wrong * wrong.length -
    costs.question * Math.max(0, questions - costs.freeQuestions) -
    costs.minute * Math.max(0, Math.floor(seconds / 60) - costs.freeMinutes)
  return {
    named,
    missed: causes.filter((code) => !answer.includes(code)),
    wrong,
    seconds,
    hints,
    questions,
    points: Math.max(0, Math.round(points)),
  }
}

const file = 'exercise.json'
/** Octets. */
const mostOctets = 4096

/** The exercise that runs in a lab. Throws an OwnError or a LabError. */
export function exerciseIn(record: Pick<LabRecord, 'directory'>): Exercise | null {
  const directory = directoryOf(record)
  const text = readOwnFile(directory, file, mostOctets)
  if (text === undefined) return null
  try {
    const read: unknown = JSON.parse(text)
    if (read === null || isExercise(read)) return read
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new LabError({ kind: 'foreign-file', path: `${directory.path}/${file}` })
}

const isExercise = (value: unknown): value is Exercise => {
  const { level, since, hints, questions } = (value ?? {}) as Partial<Exercise>
  return (
    levels.some((one) => one === level) &&
    typeof since === 'string' &&
    !Number.isNaN(Date.parse(since)) &&
    Number.isInteger(hints) &&
    Number.isInteger(questions)
  )
}

export const writeExercise = (record: Pick<LabRecord, 'directory'>, exercise: Exercise | null): void =>
  writeOwnFile(directoryOf(record), file, `${JSON.stringify(exercise)}\n`)

/** Somebody looks at the lab: it counts when an exercise runs there. */
export function countQuestion(record: Pick<LabRecord, 'directory'>): void {
  const exercise = exerciseIn(record)
  if (exercise) writeExercise(record, { ...exercise, questions: exercise.questions + 1 })
}
