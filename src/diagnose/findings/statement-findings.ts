import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Check } from '../../model/result/result.ts'
import type { Finding } from '../../model/result/finding.ts'
import { makeFinding } from './finding.ts'

/** A finding for every statement that does not hold; the first line of its evidence is the one that speaks against it. */
export const findingsOf = (checks: readonly Check[], words: Catalogue): readonly Finding[] =>
  checks
    .filter((check) => check.state === 'failed')
    .map(({ id, statement, reason, at, evidence }) => {
      const line = evidence.findLast((piece) => piece.kind === 'line')
      return makeFinding(
        words,
        'STATEMENT_FAILED',
        { id, statement, reason },
        { at: at ?? 'internet', by: line?.line.trim() ?? null, evidence },
      )
    })
