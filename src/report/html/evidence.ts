import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import type { Check } from '../../model/result/result.ts'
import { place } from '../place.ts'
import { numberOf } from '../summary.ts'
import { element, escapeMarkup } from '../svg/markup.ts'

export const code = (text: string): string => (text === '' ? '' : element('code', {}, escapeMarkup(text)))

export const paragraph = (name: string | null, text: string): string =>
  element('p', { class: name }, escapeMarkup(text))

/** The tutorial's statements; the evidence of each opens below it. */
export const statementList = (checks: readonly Check[], words: Catalogue): string =>
  element('ol', { class: 'statements' }, ...checks.map((check) => element('li', {}, statement(check, words))))

function statement(check: Check, words: Catalogue): string {
  const { report } = words
  const look = check.state === 'passed' ? 'good' : check.state === 'failed' ? 'bad' : 'doubt'
  const sign = check.state === 'passed' ? '✓' : check.state === 'failed' ? '✗' : '?'
  const head = [
    element('span', { class: look, title: report.state[check.state] }, sign),
    ' ',
    element('span', { class: 'number' }, escapeMarkup(numberOf(check))),
    escapeMarkup(check.statement),
  ].join('')
  const at = check.at === null ? '' : `${place(check.at, report)}: `
  const reason =
    check.reason === ''
      ? ''
      : paragraph(`reason ${look}`, `${report.state[check.state]} – ${at}${check.reason}`)
  // What does not hold is open: its evidence is what the reader came for.
  const open = check.state === 'passed' ? null : ''
  return check.evidence.length === 0
    ? head + reason
    : element('details', { open }, element('summary', {}, head), reason, evidenceList(check.evidence, words))
}

const evidenceList = (evidence: readonly Evidence[], words: Catalogue): string =>
  element(
    'ul',
    { class: 'evidence' },
    ...evidence.map((piece) => element('li', {}, evidenceOf(piece, words))),
  )

function evidenceOf(piece: Evidence, { report }: Catalogue): string {
  switch (piece.kind) {
    case 'line':
      return `${escapeMarkup(`${place(piece.at, report)}, ${piece.source}: `)}${code(piece.line.trim())}`
    case 'sighting':
      return `${escapeMarkup(`${place(piece.at, report)}, ${piece.interface} ${report.direction[piece.direction]}: `)}${code(piece.packet)}`
    case 'missing':
      return `${escapeMarkup(`${place(piece.at, report)}, ${[piece.interface ?? '', report.missing].join(' ').trim()}: `)}${code(piece.packet)}`
    case 'counter':
      return `${escapeMarkup(`${place(piece.at, report)}: `)}${code(piece.line)} ${escapeMarkup(report.counter(piece.before, piece.after))}`
    case 'note':
      return escapeMarkup(piece.text)
  }
}

/** Every finding with what to do about it. */
export function findingList(findings: readonly Finding[], words: Catalogue): string {
  if (findings.length === 0) return paragraph('quiet', words.figure.nothingFound)
  const { report } = words
  return findings
    .map((finding) =>
      element(
        'section',
        {
          class: `finding ${finding.severity === 'error' ? 'bad' : finding.severity === 'warning' ? 'doubt' : 'quiet'}`,
        },
        element('h3', {}, escapeMarkup(finding.message)),
        element(
          'p',
          { class: 'quiet' },
          escapeMarkup(`${report.severity[finding.severity]}, `),
          code(finding.code),
        ),
        paragraph(null, `${report.where}: ${place(finding.at, report)}`),
        finding.by === null ? '' : element('p', {}, escapeMarkup(`${report.line}: `), code(finding.by)),
        paragraph(null, `${report.remedy}: ${finding.remedy}`),
        finding.evidence.length === 0
          ? ''
          : element(
              'details',
              {},
              element('summary', {}, escapeMarkup(report.evidence)),
              evidenceList(finding.evidence, words),
            ),
      ),
    )
    .join('\n')
}
