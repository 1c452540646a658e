import type { ReportSentences } from '../../i18n/sentences/report-sentences.ts'
import type { Gap } from '../../model/result/result.ts'
import { toAscii } from './ascii.ts'
import type { Paint } from './colour.ts'
import { columns, wrap } from './text-width.ts'

/** What every part of the terminal report needs to know. */
export interface Page {
  /** Columns. */
  readonly width: number
  readonly paint: Paint
  readonly words: ReportSentences
}

/** Plain text wrapped behind a (painted) head; later lines stand under the text, not under the head. */
export function hanging(
  page: Page,
  indent: number,
  head: string,
  text: string,
  paint: (line: string) => string = (line) => line,
): readonly string[] {
  const offset = indent + columns(head)
  return wrap(text, page.width - offset).map(
    (line, i) => (i === 0 ? `${' '.repeat(indent)}${head}` : ' '.repeat(offset)) + paint(line),
  )
}

/** The good, bad or doubtful mark. */
export const mark = (page: Page, good: boolean | null): string =>
  good === null ? page.paint.uncertain('?') : good ? page.paint.good('✓') : page.paint.bad('✗')

/** What was not read, where something was not. */
export const gapLines = (page: Page, gaps: readonly Gap[]): readonly string[] =>
  gaps.length === 0
    ? []
    : [
        page.paint.strong(page.words.gaps),
        ...gaps.flatMap((gap) => hanging(page, 2, `${gap.at}  `, page.words.gap(gap.what, gap.because))),
      ]

/** The parts that have something to say, with a line between them. Ends with a newline. */
export function pageText(parts: readonly (readonly string[])[], unicode: boolean): string {
  const text = parts
    .filter((part) => part.length > 0)
    .map((lines) => lines.map((line) => `${line.trimEnd()}\n`).join(''))
    .join('\n')
  return unicode ? text : toAscii(text)
}
