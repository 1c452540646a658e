import type { FaultCode, FaultRoom } from '../../model/lab/fault.ts'

/** What `podpath lab break` and `lab heal` say. */
export interface FaultSentences {
  /** Each fault: what is done to the lab, and where people meet it. */
  readonly faults: { readonly [Code in FaultCode]: { readonly done: string; readonly met: string } }
  readonly title: string
  readonly rooms: { readonly [Room in FaultRoom]: string }
  readonly broke: (node: string, pod: string) => string
  readonly show: string
  readonly heal: string
  readonly healed: (node: string) => string
  readonly nothingBroken: string
  readonly exercise: {
    readonly begun: (level: number) => string
    readonly forHint: string
    readonly forAnswer: string
    readonly hint: (number: number, of: number) => string
    readonly noMoreHints: string
    readonly flow: (command: string, faults: number) => string
    readonly place: (at: 'node' | 'pod', node: string, pod: string) => string
    readonly shownBy: (pod: string) => string
    readonly met: (where: string) => string
    readonly right: (code: string) => string
    readonly wrong: (code: string) => string
    readonly missed: (code: string) => string
    readonly score: (score: {
      readonly points: number
      readonly seconds: number
      readonly hints: number
      readonly questions: number
    }) => string
  }
}
