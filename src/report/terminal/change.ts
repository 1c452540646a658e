import { catalogue } from '../../i18n/catalogues.ts'
import type { ChangeSentences } from '../../i18n/sentences/change-sentences.ts'
import type { ChangeGroup, ChangeNote, ChangeResult, PairChanges } from '../../model/result/change.ts'
import { cleanAll } from '../../edge/clean.ts'
import { changeKinds, countOf, editTexts, isNothing, mostShown, pairText } from '../change-text.ts'
import { place } from '../place.ts'
import { formatMilliseconds } from '../quantity.ts'
import { paintFor } from './colour.ts'
import { gapLines, hanging, mark, pageText, type Page } from './page.ts'
import type { TerminalOptions } from './report.ts'

interface ChangePage extends Page {
  readonly change: ChangeSentences
}

const mostEdits = 40
const mostPlaces = 4

/** What a change does to who reaches whom, for a terminal. Ends with a newline. */
export function renderTerminalChange(result: ChangeResult, options: TerminalOptions): string {
  const { report, change } = catalogue(options.language)
  const page: ChangePage = {
    width: Math.max(80, Math.min(240, Math.floor(options.width))),
    paint: paintFor(options.colour),
    words: report,
    change,
  }
  const run = cleanAll(result)
  const parts = [
    header(page, run),
    edits(page, run),
    notes(page, run),
    isNothing(run) ? [change.nothing] : changed(page, run, 0),
    run.ifEnforced === undefined
      ? []
      : [
          page.paint.strong(change.ifEnforced),
          ...(isNothing(run.ifEnforced) ? [`  ${change.nothing}`] : changed(page, run.ifEnforced, 2)),
        ],
    [
      ...(run.onlyBefore.length === 0
        ? []
        : hanging(page, 0, '', change.onlyBefore(run.onlyBefore.join(', ')))),
      ...(run.onlyAfter.length === 0 ? [] : hanging(page, 0, '', change.onlyAfter(run.onlyAfter.join(', ')))),
    ],
    expectations(page, run),
    gapLines(page, run.gaps),
    verdict(page, run),
  ]
  return pageText(parts, options.unicode)
}

function header(page: ChangePage, run: ChangeResult): readonly string[] {
  const { paint, words, change } = page
  const source = words.source(run.source.kind, run.source.name)
  const after = run.after === null ? '' : ` → ${words.source(run.after.kind, run.after.name)}`
  const facts = [
    ...(run.after === null ? [change.edits(run.edits.length)] : []),
    change.pairs(run.pairs),
    formatMilliseconds(run.durationMs),
  ]
  return [
    `${paint.strong('podpath')}  ${source}${after}  ${paint.strong(change.title)}`,
    ...hanging(page, 0, '', facts.join(' · '), paint.quiet),
  ]
}

function edits(page: ChangePage, run: ChangeResult): readonly string[] {
  const { paint, change, words } = page
  const texts = editTexts(run)
  let at = ''
  return [
    ...texts.slice(0, mostEdits).flatMap((edit) => {
      const head = edit.at === at ? [] : [paint.quiet(placeText(edit.at, words))]
      at = edit.at
      return [
        ...head,
        ...edit.lines.flatMap((line) =>
          hanging(page, 2, `${line.slice(0, 2)}`, line.slice(2), paint.changed),
        ),
      ]
    }),
    ...(texts.length > mostEdits ? [`  … ${change.edits(texts.length - mostEdits)}`] : []),
  ]
}

/** A stack as a place; an object of AWS or Kubernetes as it is called. */
const placeText = (at: string, words: ChangePage['words']): string =>
  /^(node|pod|vpc)\//.test(at) ? place(at, words) : at

function notes(page: ChangePage, run: ChangeResult): readonly string[] {
  return run.notes.flatMap((note) =>
    hanging(page, 0, page.paint.uncertain('! '), noteSentence(page.change, note)),
  )
}

function noteSentence({ notes: say }: ChangeSentences, note: ChangeNote): string {
  // The table pairs each code with its own facts; TypeScript cannot follow that through the union.
  const sentence = say[note.code] as (facts: ChangeNote) => string
  return sentence(note)
}

function changed(page: ChangePage, changes: PairChanges, indent: number): readonly string[] {
  const { paint, change } = page
  const colour = {
    opens: paint.good,
    closes: paint.bad,
    moves: paint.changed,
    readdresses: paint.changed,
    undecided: paint.uncertain,
  }
  return changeKinds.flatMap((kind) => {
    const groups = changes[kind]
    if (groups.length === 0) return []
    return [
      `${' '.repeat(indent)}${colour[kind](change.headings[kind](countOf(groups)))}`,
      ...groups.flatMap((group) => groupLines(page, group, kind === 'opens', indent + 2)),
    ]
  })
}

function groupLines(
  page: ChangePage,
  group: ChangeGroup,
  wasStopped: boolean,
  indent: number,
): readonly string[] {
  const { paint, change, words } = page
  const { at, by, effect } = group.why
  const places = at.slice(0, mostPlaces).map((one) => place(one, words))
  const where = [...places, ...(at.length > mostPlaces ? ['…'] : [])].join(', ')
  const shown = group.pairs.slice(0, mostShown)
  const left = group.count - shown.length
  return [
    ...(by === '' && at.length === 0
      ? []
      : hanging(
          page,
          indent,
          '',
          `${wasStopped ? `${change.stoppedBefore} ` : ''}${by === '' ? effect : by}`,
          paint.strong,
        )),
    ...(where === '' ? [] : hanging(page, indent + 2, '', change.at(where), paint.quiet)),
    ...shown.flatMap((pair) => [
      ...hanging(page, indent + 2, '', pairText(pair)),
      ...(pair.sourceBefore !== null && pair.sourceAfter !== null && pair.sourceBefore !== pair.sourceAfter
        ? hanging(page, indent + 4, '', change.seenAs(pair.sourceBefore, pair.sourceAfter), paint.quiet)
        : []),
    ]),
    ...(left > 0 ? [`${' '.repeat(indent + 2)}${change.more(left)}`] : []),
  ]
}

function expectations(page: ChangePage, run: ChangeResult): readonly string[] {
  if (run.expectations.length === 0) return []
  const { paint, change, words } = page
  return [
    paint.strong(change.expectations),
    ...run.expectations.flatMap((one) => [
      ...hanging(
        page,
        2,
        `${mark(page, one.state === 'undecided' ? null : one.state === 'holds')} `,
        `${change.expected(one.from, one.to, one.reach)}: ${change.state[one.state]}${one.state === 'broken' && one.before === 'broken' ? ` (${change.brokenBefore})` : ''}`,
      ),
      ...one.otherwise.flatMap((pair) =>
        hanging(
          page,
          6,
          '',
          [
            `${pair.from} → ${pair.to} ${change.otherwise(pair.predicted)}`,
            ...(pair.at === null ? [] : [change.at(place(pair.at, words))]),
            ...(pair.by === null || pair.by === '' ? [] : [pair.by]),
            ...(pair.causes.length === 0 ? [] : [change.refusedBy(pair.causes.join(', '))]),
          ].join(' · '),
          paint.quiet,
        ),
      ),
    ]),
  ]
}

function verdict(page: ChangePage, run: ChangeResult): readonly string[] {
  const { paint, change } = page
  const { opens, closes, moves, readdresses } = run
  const colour =
    run.verdict === 'disagrees' ? paint.bad : run.verdict === 'unknown' ? paint.uncertain : paint.good
  const all = run.expectations.length
  return [
    ...hanging(
      page,
      0,
      '',
      change.verdict(countOf(opens), countOf(closes), countOf(moves), countOf(readdresses)),
      paint.strong,
    ),
    ...(all === 0
      ? []
      : [colour(change.held(run.expectations.filter(({ state }) => state === 'holds').length, all))]),
  ]
}
