import type { Reason } from '../i18n/facts/reason-facts.ts'
import type { Evidence } from '../model/result/finding.ts'
import type { StackId } from '../model/stack/stack-id.ts'

/** What became of one statement. */
export type Outcome =
  | { readonly state: 'passed'; readonly evidence: readonly Evidence[] }
  | {
      readonly state: 'failed' | 'unknown'
      readonly reason: Reason
      readonly at: StackId | null
      readonly evidence: readonly Evidence[]
    }

export type Miss = Extract<Outcome, { readonly reason: Reason }>

export const passed = (evidence: readonly Evidence[]): Outcome => ({ state: 'passed', evidence })

export const failed = (at: StackId | null, reason: Reason, evidence: readonly Evidence[] = []): Miss => ({
  state: 'failed',
  reason,
  at,
  evidence,
})

export const unknown = (at: StackId | null, reason: Reason, evidence: readonly Evidence[] = []): Miss => ({
  state: 'unknown',
  reason,
  at,
  evidence,
})

/** A value, or why there is none. */
export type Found<Value> =
  { readonly found: Value; readonly miss?: never } | { readonly miss: Miss; readonly found?: never }

/** The same miss with what had been found before it. */
export const after = (evidence: readonly Evidence[], miss: Miss): Miss => ({
  ...miss,
  evidence: [...evidence, ...miss.evidence],
})
