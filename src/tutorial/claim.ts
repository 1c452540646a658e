import { reasonSentence, statementSentence, type Catalogue } from '../i18n/catalogue.ts'
import type { StatementFacts, StatementId } from '../i18n/facts/statement-facts.ts'
import type { Check } from '../model/result/result.ts'
import type { Outcome } from './outcome.ts'

/** One statement of the tutorial as data: what it says of these facts, and whether it holds. */
export interface Claim<Facts, Id extends StatementId = StatementId> {
  readonly id: Id
  readonly says: (facts: Facts) => StatementFacts[Id]
  readonly holds: (facts: Facts) => Outcome
}

/** A claim whose id is forgotten, so that claims of many ids stand in one list. */
export interface AnyClaim<Facts> {
  readonly id: StatementId
  readonly check: (facts: Facts, words: Catalogue) => Check
}

/** Binds a claim's sentence to its id, which TypeScript can check only here, where the id is known. */
export const claim = <Facts, Id extends StatementId>(made: Claim<Facts, Id>): AnyClaim<Facts> => ({
  id: made.id,
  check: (facts, words) => {
    const outcome = made.holds(facts)
    return {
      id: made.id,
      statement: statementSentence(words, made.id, made.says(facts)),
      state: outcome.state,
      reason: outcome.state === 'passed' ? '' : reasonSentence(words, outcome.reason),
      at: outcome.state === 'passed' ? null : outcome.at,
      evidence: outcome.evidence,
    }
  },
})

/** Holds every claim against the facts, in the tutorial's order. */
export const checkAll = <Facts>(
  claims: readonly AnyClaim<Facts>[],
  facts: Facts,
  words: Catalogue,
): readonly Check[] => claims.map((one) => one.check(facts, words))
