/** What podpath answered about a fault, as far as it is scored. */
import type { CauseCode } from '../../src/model/diagnosis/diagnosis.ts'
import type { SaidDiagnosis } from '../../src/model/diagnosis/said-diagnosis.ts'
import type { FaultCode } from '../../src/model/lab/fault.ts'
import type { Finding } from '../../src/model/result/finding.ts'
import type { Mode } from './modes.ts'

export const commands = ['trace', 'explain', 'verify', 'matrix', 'diagnose'] as const
export type Command = (typeof commands)[number]

/** The flow that shows the fault, the same from its other end, or none: then whatever the command looks at by itself. */
export type Direction = 'there' | 'back' | 'none'

export interface Accused {
  readonly code: string
  readonly at: string
}

export interface Answer {
  readonly command: Command
  readonly source: 'live' | 'snapshot'
  readonly direction: Direction
  /** Null: it was ended because it took too long. */
  readonly status: number | null
  readonly seconds: number
  readonly verdict: string | null
  /** Of every flow that fails the first of its causes, and every finding that is an error. */
  readonly accused: readonly Accused[]
  /** Causes that would mend it as well. */
  readonly equals: readonly Accused[]
  /** What stood on standard error where nothing was said. */
  readonly trouble: string | null
}

export interface CureTried {
  readonly commands: readonly string[]
  /** Where they were typed. */
  readonly at: string
  /** The first command that failed, and what it said; null: none did. */
  readonly failed: string | null
  /** The flow was asked for again, and arrives. */
  readonly mends: boolean
}

export interface FaultRecord {
  readonly mode: Mode
  readonly fault: FaultCode
  readonly kernel: string
  /** The commit of the program. */
  readonly program: string
  /** Why this lab cannot have it; null: it has. */
  readonly impossible: string | null
  readonly node: string
  readonly pod: string
  /** The words of `podpath trace` that show it. */
  readonly trial: readonly string[]
  readonly answers: readonly Answer[]
  /** Null: no cause had commands. */
  readonly cure: CureTried | null
}

/** The parts of a result that are scored; RunResult and MatrixResult both have them. */
export interface Said {
  readonly verdict?: string
  readonly findings?: readonly Finding[]
  readonly diagnosis?: readonly SaidDiagnosis[]
}

const bare = ({ code, at }: { readonly code: CauseCode | string; readonly at: string }): Accused => ({
  code,
  at,
})

export const accusedIn = ({ findings = [], diagnosis = [] }: Said): readonly Accused[] =>
  unlike([
    ...diagnosis.flatMap(({ causes }) => causes.slice(0, 1).map(bare)),
    ...findings.filter(({ severity }) => severity === 'error').map(bare),
  ])

export const equalsIn = ({ diagnosis = [] }: Said): readonly Accused[] =>
  unlike(diagnosis.flatMap(({ causes }) => causes.slice(1).map(bare)))

const unlike = (accused: readonly Accused[]): readonly Accused[] => [
  ...new Map(accused.map((one) => [`${one.code} ${one.at}`, one])).values(),
]
