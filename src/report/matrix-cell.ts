import type { MatrixCell, MatrixReason, MatrixResult } from '../model/result/matrix.ts'
import type { SaidCause } from '../model/diagnosis/said-diagnosis.ts'
import type { MatrixSentences } from '../i18n/sentences/matrix-sentences.ts'
import type { ReportSentences } from '../i18n/sentences/report-sentences.ts'
import { isReject, isRejectedPair } from '../model/result/refusal.ts'
import type { Endpoint } from '../model/result/result.ts'
import { nodeName, place, podName } from './place.ts'

/** What one cell says at a glance. */
export type CellState = 'self' | 'delivered' | 'refused' | 'dropped' | 'unknown' | 'sometimes' | 'disagrees'

export function stateOf(cell: MatrixCell | null, reasons: readonly MatrixReason[]): CellState {
  if (cell === null) return 'self'
  if (cell.agrees === false) return 'disagrees'
  if (isRejectedPair(cell, reasons)) return 'refused'
  if (cell.predicted === 'dropped') return cell.probability < 1 ? 'sometimes' : 'dropped'
  // What was tried decides what the tables leave open.
  switch (cell.probe?.outcome) {
    case 'answered':
      return 'delivered'
    case 'refused':
      return 'refused'
    case 'silent':
      return 'dropped'
    case 'not-sent':
    case undefined:
      return cell.predicted
  }
}

/** How many pairs reach each other, are turned away, and are not decided, as one line. */
export function reachedSentence(result: MatrixResult, matrix: MatrixSentences): string {
  const states = pairsOf(result).map(({ cell }) => stateOf(cell, result.reasons))
  const count = (state: CellState): number => states.filter((one) => one === state).length
  const refused = count('refused')
  const undecided = count('unknown')
  return [
    // Where nothing is decided, "0 of 6 reach each other" would say that none does.
    ...(undecided === states.length && undecided > 0
      ? []
      : [matrix.reached(count('delivered'), states.length)]),
    ...(refused === 0 ? [] : [matrix.refused(refused)]),
    ...(undecided === 0 ? [] : [matrix.undecided(undecided, states.length)]),
  ].join(', ')
}

/** The n-th reason's label: a … z, aa, ab … */
export const reasonLabel = (index: number): string =>
  (index >= 26 ? reasonLabel(Math.floor(index / 26) - 1) : '') + String.fromCharCode(97 + (index % 26))

/** A letter of the matrix and what stands for it: causes first, then the places of pairs that no cause is known of. */
export interface MatrixLegend {
  readonly causes: readonly { readonly label: string; readonly cause: SaidCause; readonly pairs: number }[]
  readonly places: readonly {
    readonly label: string
    readonly reason: MatrixReason
    readonly pairs: number
  }[]
  readonly labelOf: (cell: MatrixCell | null) => string
}

export function legendOf({ cells, reasons, diagnosis }: MatrixResult): MatrixLegend {
  const all = cells.flat().filter((cell) => cell !== null)
  const causes = diagnosis.flatMap(({ causes: [cause] }, index) =>
    cause === undefined
      ? []
      : [
          {
            label: reasonLabel(index),
            cause,
            pairs: all.filter((cell) => cell.diagnosis === index).length,
          },
        ],
  )
  const labels = new Map<number, string>()
  const places = reasons.flatMap((reason, index) => {
    const pairs = all.filter((cell) => cell.reason === index && cell.diagnosis === null).length
    if (pairs === 0) return []
    const label = reasonLabel(diagnosis.length + labels.size)
    labels.set(index, label)
    return [{ label, reason, pairs }]
  })
  return {
    causes,
    places,
    labelOf: (cell) => labelIn(labels, cell),
  }
}

/** A cause has its letter by its number, a place by when it was first told. */
export function labelIn(
  labels: ReadonlyMap<number, string>,
  cell: Pick<MatrixCell, 'diagnosis' | 'reason'> | null,
): string {
  if (cell === null) return ''
  if (cell.diagnosis !== null) return reasonLabel(cell.diagnosis)
  return cell.reason === null ? '' : (labels.get(cell.reason) ?? '')
}

/** How an end is called in the matrix. */
export const endName = (end: Endpoint): string =>
  end.kind === 'pod' ? podName(end.name) : end.kind === 'node' ? nodeName(end.name) : end.name

export function reasonSentence(
  reason: MatrixReason,
  words: ReportSentences,
  matrix: MatrixSentences,
): string {
  const where = place(reason.at, words)
  if (!reason.ofReply && isReject(reason)) return matrix.requestRefused(where)
  if (reason.verdict === 'dropped')
    return reason.ofReply ? matrix.replyLost(where) : matrix.requestLost(where)
  return reason.ofReply ? matrix.replyUnknown(where) : matrix.requestUnknown(where)
}

/** Cells with what stands in their row and column. */
export function pairsOf(result: MatrixResult): readonly {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly cell: MatrixCell
}[] {
  return result.cells.flatMap((row, i) =>
    row.flatMap((cell, j) => {
      const from = result.from[i]
      const to = result.to[j]
      return cell === null || !from || !to ? [] : [{ from, to, cell }]
    }),
  )
}
