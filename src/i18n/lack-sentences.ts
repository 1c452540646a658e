import type { LackCode, LackFacts } from '../model/consulted.ts'

/** Why a line did not match, in one clause for each reason. */
export type LackSentences = { readonly [Code in LackCode]: (facts: LackFacts[Code]) => string }
