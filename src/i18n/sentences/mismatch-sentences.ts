import type { MismatchCode, MismatchFacts } from '../../model/path/evaluated.ts'

/** Why a line did not match, in one clause for each reason. */
export type MismatchSentences = { readonly [Code in MismatchCode]: (facts: MismatchFacts[Code]) => string }
