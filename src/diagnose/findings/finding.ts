import { findingSentences, type Catalogue } from '../../i18n/catalogue.ts'
import type { FindingCode, FindingFacts } from '../../i18n/facts/finding-facts.ts'
import type { Evidence, Finding, Severity } from '../../model/result/finding.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** How bad each finding is. An error makes the exit status 1. */
export const findingSeverity = {
  PACKET_LOST: 'error',
  REPLY_LOST: 'error',
  LOST_AGAINST_PREDICTION: 'error',
  DELIVERED_AGAINST_PREDICTION: 'error',
  POLICY_NOT_ENFORCED: 'error',
  PARTIAL_LOSS: 'error',
  CONNECTION_REFUSED: 'error',
  NAME_UNRESOLVED: 'error',
  PROBE_FAILED: 'error',
  PATH_DIFFERS: 'error',
  VERDICT_DIFFERS: 'error',
  ADDRESSES_DIFFER: 'error',
  STATEMENT_FAILED: 'error',
  NAT_COUNT: 'error',
  PUBLIC_ADDRESS_DIFFERS: 'error',
  KERNEL_DROPPED: 'info',
  CAPTURE_DROPPED: 'warning',
  CAPTURE_FAILED: 'warning',
  PREDICTION_UNKNOWN: 'warning',
  PREDICTED_DROP: 'error',
  NODE_UNREACHABLE: 'warning',
  CLOCKS_DIFFER: 'info',
} as const satisfies { readonly [Code in FindingCode]: Severity }

/** Where a finding is, the verbatim line that is guilty (null: there is none), and what it rests on. */
export interface FindingPlace {
  readonly at: StackId
  readonly by: string | null
  readonly evidence: readonly Evidence[]
}

/** A finding from its code and facts, in the words of one language. */
export function makeFinding<Code extends FindingCode>(
  words: Catalogue,
  code: Code,
  facts: FindingFacts[Code],
  place: FindingPlace,
): Finding {
  return { code, severity: findingSeverity[code], ...place, ...findingSentences(words, code, facts) }
}
