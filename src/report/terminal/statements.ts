import type { Evidence } from '../../model/result/finding.ts'
import type { Check } from '../../model/result/result.ts'
import { hanging, mark, type Page } from './page.ts'
import { place } from '../place.ts'
import { formatNanoseconds } from '../quantity.ts'
import { numberOf } from '../summary.ts'
import { columns, padEnd } from './text-width.ts'

/** The statements of the tutorial, each with its mark, its reason if it does not hold, and its evidence. */
export function drawStatements(page: Page, checks: readonly Check[]): readonly string[] {
  const numbers = Math.max(0, ...checks.map((check) => columns(numberOf(check))))
  return checks.flatMap((check) => {
    const good = check.state === 'passed' ? true : check.state === 'failed' ? false : null
    const head = `${mark(page, good)} ${page.paint.strong(padEnd(numberOf(check), numbers))}  `
    const indent = 2 + columns(head)
    const colour = good === null ? page.paint.uncertain : page.paint.bad
    const at = check.at === null ? '' : `${place(check.at, page.words)}: `
    const reason = check.reason === '' ? [] : hanging(page, indent, '', `${at}${check.reason}`, colour)
    return [
      ...hanging(page, 2, head, check.statement),
      ...reason,
      ...drawEvidence(page, check.evidence, indent),
    ]
  })
}

/** Evidence by place: the place once, then what was read and seen there. */
export function drawEvidence(page: Page, evidence: readonly Evidence[], indent: number): readonly string[] {
  const { quiet } = page.paint
  const start = startOf(evidence)
  const labels = Math.min(22, Math.max(0, ...evidence.map((piece) => columns(labelOf(page, piece)))))
  let where = ''
  return evidence.flatMap((piece) => {
    const here = piece.kind === 'note' ? '' : place(piece.at, page.words)
    const title = here !== '' && here !== where ? [quiet(`${' '.repeat(indent)}${here}`)] : []
    where = here
    const label = labelOf(page, piece)
    const head = label === '' ? '' : quiet(`${padEnd(label, labels)}  `)
    return [...title, ...hanging(page, indent + 2, head, textOf(page, piece, start), quiet)]
  })
}

/** The first time of the evidence: the others are told relative to it. */
const startOf = (evidence: readonly Evidence[]): number =>
  Math.min(...evidence.flatMap((piece) => (piece.kind === 'sighting' ? [piece.time] : [])))

function labelOf(page: Page, piece: Evidence): string {
  switch (piece.kind) {
    case 'line':
      return piece.source
    case 'sighting':
      return `${piece.interface} ${page.words.direction[piece.direction]}`
    case 'missing':
      return `${piece.interface ?? ''} ${page.words.missing}`.trim()
    case 'counter':
    case 'note':
      return ''
  }
}

function textOf(page: Page, piece: Evidence, start: number): string {
  switch (piece.kind) {
    case 'line':
      return piece.line.trim()
    case 'sighting':
      return piece.time === start
        ? piece.packet
        : `${piece.packet}  +${formatNanoseconds(piece.time - start)}`
    case 'missing':
      return piece.packet
    case 'counter':
      return `${piece.line.trim()}  ${page.words.counter(piece.before, piece.after)}`
    case 'note':
      return piece.text
  }
}
