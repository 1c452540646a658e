/** The lines that a packet was held against on its way, those that did not match included, and what each of them lacked. */
import type { Stage } from './path.ts'
import type { StackId } from '../stack/stack-id.ts'

/** What a line asked for and the packet did not have: a code, and the facts that its sentence is made of. */
export interface MismatchFacts {
  /** `got` is not in `want`; with `not` it is, and the line excludes it. */
  readonly source: Wanted
  readonly destination: Wanted
  /** A look-up made before the packet has a source. */
  readonly 'no-source': { readonly want: string }
  /** Interface names; `got` is empty where there is none (yet). */
  readonly 'in-interface': Wanted
  readonly 'out-interface': Wanted
  readonly mark: Wanted
  readonly 'connection-mark': Wanted
  readonly tos: Wanted
  readonly protocol: Wanted
  readonly 'source-port': Wanted
  readonly 'destination-port': Wanted
  readonly user: Wanted
  readonly 'connection-state': Wanted
  /** `LOCAL`, `UNICAST`, …: what an address is to the stack. */
  readonly 'address-type': Wanted & { readonly address: string }
  readonly set: { readonly set: string; readonly got: string; readonly not: boolean }
  /** A rule with `not`: everything matches that it excludes. */
  readonly excluded: Record<string, never>
  /** Of two routes to the destination the longer prefix wins, then the smaller metric. */
  readonly 'shorter-prefix': { readonly length: number; readonly chosen: number }
  readonly 'larger-metric': { readonly metric: number; readonly chosen: number }
  /** It stands in the table but its device or next hop cannot be used. */
  readonly unusable: Record<string, never>
  /** A `throw` route: it sends the look-up on to the next rule. */
  readonly throws: Record<string, never>
  /** The same prefix and metric, behind the chosen one. */
  readonly later: Record<string, never>
  /** The order of a network ACL: `chosen` had decided already. */
  readonly 'decided-before': { readonly chosen: string }
  /** A security group's own: `got` carries none of these groups. */
  readonly 'group-member': { readonly group: string; readonly got: string }
  /** Anything else, as the tool prints it. */
  readonly other: { readonly text: string }
}

interface Wanted {
  readonly want: string
  readonly got: string
  readonly not: boolean
}

export type MismatchCode = keyof MismatchFacts
export type Mismatch = {
  readonly [Code in MismatchCode]: { readonly code: Code; readonly facts: MismatchFacts[Code] }
}[MismatchCode]

export const mismatch = <Code extends MismatchCode>(code: Code, facts: MismatchFacts[Code]): Mismatch =>
  // The union pairs each code with its own facts, as this signature does.
  ({ code, facts }) as Mismatch

/** One line that the packet was held against, in the order in which the stack asked. */
export interface Evaluated {
  readonly direction: 'forward' | 'reply'
  /** Index of the hop in that direction of the path. */
  readonly hop: number
  readonly at: StackId
  readonly stage: Stage
  /** Where the line stands: `nat PREROUTING`, `main` (a route table), `''` (policy rules). */
  readonly place: string
  readonly by: string
  readonly matched: boolean
  /** Empty where it matched; never empty where it did not. */
  readonly lacks: readonly Mismatch[]
  /** How many decisions the hop had when the line was asked. */
  readonly after: number
}

/** A line that almost decided. */
export interface NearMiss {
  readonly place: string
  readonly by: string
  readonly lacks: readonly Mismatch[]
}

/** One decision, with the nearest lines that were asked before it and did not match. */
export interface WhyNot {
  readonly direction: 'forward' | 'reply'
  readonly hop: number
  readonly at: StackId
  readonly stage: Stage
  /** The line that decided; null: no line did, the chains' policies let it pass. */
  readonly by: string | null
  /** The nearest first. */
  readonly instead: readonly NearMiss[]
}
