import type { StackId } from '../stack/stack-id.ts'

export type Severity = 'error' | 'warning' | 'info'

/** One piece of what a finding rests on: a line that was read, or a packet that was seen or missed. */
export type Evidence =
  | { readonly kind: 'line'; readonly at: StackId; readonly source: string; readonly line: string }
  | {
      readonly kind: 'sighting'
      readonly at: StackId
      readonly interface: string
      readonly direction: 'in' | 'out'
      /** Nanoseconds after the trace's `startedAt`. */
      readonly time: number
      readonly packet: string
    }
  | {
      readonly kind: 'missing'
      readonly at: StackId
      readonly interface: string | null
      readonly packet: string
    }
  | {
      readonly kind: 'counter'
      readonly at: StackId
      readonly line: string
      readonly before: number
      readonly after: number
    }
  | { readonly kind: 'note'; readonly text: string }

/** Something that a person should know, with a stable upper-case code. */
export interface Finding {
  readonly code: string
  readonly severity: Severity
  readonly at: StackId
  /** The verbatim guilty line, where there is one. */
  readonly by: string | null
  readonly message: string
  readonly remedy: string
  /** The same as commands that are pasted as they stand, each list with where it is typed. Absent: it has none. */
  readonly todo?: readonly { readonly where: string; readonly commands: readonly string[] }[]
  readonly evidence: readonly Evidence[]
}
