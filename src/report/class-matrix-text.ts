/** A matrix of classes as sections of lines: of what reaches each other the sums, of what does not its causes. */
import type { MatrixSentences } from '../i18n/sentences/matrix-sentences.ts'
import type { ReportSentences } from '../i18n/sentences/report-sentences.ts'
import type { ClassMatrix, ClassReason } from '../model/result/class-matrix.ts'
import type { SaidCause } from '../model/diagnosis/said-diagnosis.ts'
import { labelIn, reasonLabel, reasonSentence } from './matrix-cell.ts'
import { cellsOf, classState, statesOf, type PairTotal } from './matrix-totals.ts'

export interface LabelledCause {
  readonly label: string
  readonly cause: SaidCause
  readonly pairs: number
}

export interface LabelledPlace {
  readonly label: string
  readonly sentence: string
  readonly reason: ClassReason
  readonly pairs: number
}

export interface ClassLegend {
  readonly causes: readonly LabelledCause[]
  readonly places: readonly LabelledPlace[]
  readonly labelOf: (cell: PairTotal['cell']) => string
}

/** Causes first, then the places of pairs that no cause is known of. */
export function classLegend(
  result: ClassMatrix,
  words: ReportSentences,
  matrix: MatrixSentences,
): ClassLegend {
  const byCause = new Map<number, number>()
  const byPlace = new Map<number, number>()
  for (const cell of cellsOf(result)) {
    if (classState(cell, result.reasons) === 'delivered') continue
    if (cell.diagnosis !== null) byCause.set(cell.diagnosis, (byCause.get(cell.diagnosis) ?? 0) + cell.pairs)
    else if (cell.reason !== null) byPlace.set(cell.reason, (byPlace.get(cell.reason) ?? 0) + cell.pairs)
  }
  const causes = result.diagnosis.flatMap(({ causes: [cause] }, index) =>
    cause === undefined ? [] : [{ label: reasonLabel(index), cause, pairs: byCause.get(index) ?? 0 }],
  )
  const labels = new Map<number, string>()
  const places = [...byPlace]
    .toSorted((a, b) => b[1] - a[1])
    .flatMap(([index, pairs]) => {
      const reason = result.reasons[index]
      if (reason === undefined) return []
      const label = reasonLabel(result.diagnosis.length + labels.size)
      labels.set(index, label)
      const more = reason.places > 1 ? matrix.morePlaces(reason.places - 1) : ''
      return [{ label, sentence: `${reasonSentence(reason, words, matrix)}${more}`, reason, pairs }]
    })
  return {
    causes,
    places,
    labelOf: (cell) => labelIn(labels, cell),
  }
}

/** How many pairs reach each other, and how many are turned away. */
export function reachedOfClasses(result: ClassMatrix, matrix: MatrixSentences): string {
  const states = statesOf(result)
  const all = [...states.values()].reduce((sum, one) => sum + one, 0)
  const refused = states.get('refused') ?? 0
  return [
    matrix.reached(states.get('delivered') ?? 0, all),
    ...(refused > 0 ? [matrix.refused(refused)] : []),
  ].join(', ')
}

/** `12 %`; whole only where it is all or nothing. */
export function percent({ reached, pairs }: Pick<PairTotal, 'reached' | 'pairs'>): string {
  const rounded = Math.round((100 * reached) / pairs)
  return `${reached === pairs ? 100 : Math.max(reached === 0 ? 0 : 1, Math.min(99, rounded))} %`
}
