import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { MatrixCell, MatrixReason, MatrixResult } from '../../model/result/matrix.ts'
import { cleanAll } from '../../edge/clean.ts'
import { code, escape, table } from './text.ts'
import {
  endName,
  reachedSentence,
  reasonLabel,
  reasonSentence,
  stateOf,
  type CellState,
} from '../matrix-cell.ts'
import { nodeName } from '../place.ts'

const signs: Readonly<Record<CellState, string>> = {
  self: '·',
  delivered: '✅',
  refused: '🚪',
  dropped: '❌',
  unknown: '❔',
  sometimes: '🎲',
  disagrees: '❗',
}

/** Who reaches whom as GitHub-flavoured Markdown. */
export function renderMarkdownMatrix(result: MatrixResult, language: Language): string {
  const { report: words, matrix } = catalogue(language)
  const run = cleanAll(result)
  const numbered = run.to.map((end, i) => `${i + 1}. ${code(endName(end))} ${code(end.address)}`)
  const parts = [
    `# podpath: ${matrix.title}`,
    `**${words.verdict[run.verdict]}** – ${escape(`${words.source(run.source.kind, run.source.name)} · ${run.protocol}${run.port === null ? '' : ` ${run.port}`} · ${reachedSentence(run, matrix)}`)}`,
    numbered.join('\n'),
    table(
      [matrix.sender, words.node, ...run.to.map((_, i) => String(i + 1))],
      run.cells.map((row, i) => {
        const end = run.from[i]
        return [
          end ? code(endName(end)) : '',
          end?.node === undefined ? '' : code(nodeName(end.node)),
          ...row.map((cell) => cellText(cell, run.reasons)),
        ]
      }),
    ),
    ...(run.reasons.length === 0
      ? []
      : [
          `## ${matrix.reasons}`,
          run.reasons
            .map(
              (reason, i) =>
                `- **${reasonLabel(i)}** ${escape(reasonSentence(reason, words, matrix))}: ${code(reason.by)} – ${escape(reason.effect)}`,
            )
            .join('\n'),
        ]),
    ...(run.gaps.length === 0
      ? []
      : [
          `## ${words.gaps}`,
          run.gaps.map((gap) => `- ${code(gap.at)}: ${escape(words.gap(gap.what, gap.because))}`).join('\n'),
        ]),
  ]
  return `${parts.join('\n\n')}\n`
}

const cellText = (cell: MatrixCell | null, reasons: readonly MatrixReason[]): string =>
  signs[stateOf(cell, reasons)] +
  (cell === null || cell.reason === null ? '' : ` ${reasonLabel(cell.reason)}`)
