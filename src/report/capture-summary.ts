import type { Catalogue } from '../i18n/catalogue.ts'
import { stackKind, stackName, type StackId } from '../model/stack/stack-id.ts'
import { clean } from '../edge/clean.ts'
import { placeKind, podName, nodeName } from './place.ts'
import { shortNames } from './live/packet-line.ts'
import { columns, padEnd, padStart } from './terminal/text-width.ts'

/** What one stack gave, as a summary shows it. */
export interface StackCount {
  readonly stack: StackId
  readonly frames: number
  /** Null: not known. */
  readonly dropped: number | null
  readonly problem: string | null
}

export interface CaptureCounts {
  readonly stacks: readonly StackCount[]
  readonly frames: number
  readonly packets: number
  readonly rewritten: number
  readonly durationMs: number
}

/** What is captured, and by which name each place stands in the lines below. */
export function renderCaptureStart(
  stacks: readonly { readonly id: StackId; readonly node: string }[],
  file: string | null,
  words: Catalogue,
): string {
  const names = shortNames(stacks.map(({ id }) => id))
  const width = Math.max(...[...names.values()].map(columns))
  const rows = stacks.map(({ id, node }) => {
    const full = clean(stackName(id))
    const where =
      stackKind(id) === 'pod' ? `${podName(full)} ${words.capture.onNode(nodeName(clean(node)))}` : full
    return `  ${padEnd(names.get(id) ?? '', width)}  ${placeKind(id, words.report)} ${where}`
  })
  return [words.capture.listening(stacks.length, file), ...rows].join('\n')
}

export function renderCaptureSummary(
  counts: CaptureCounts,
  file: { readonly name: string; readonly octets: number } | null,
  words: Catalogue,
): string {
  const names = shortNames(counts.stacks.map(({ stack }) => stack))
  const rows = counts.stacks.map(({ stack, frames, dropped, problem }) => ({
    name: names.get(stack) ?? '',
    frames: words.capture.stackTotal(frames),
    dropped: dropped === null ? words.capture.droppedUnknown : words.capture.dropped(dropped),
    problem: problem === null ? '' : clean(problem),
  }))
  const width = (texts: readonly string[]): number => Math.max(...texts.map(columns))
  const nameWidth = width(rows.map(({ name }) => name))
  const framesWidth = width(rows.map(({ frames }) => frames))
  const droppedWidth = width(rows.map(({ dropped }) => dropped))
  return `${[
    words.capture.summary(counts.frames, counts.packets, counts.rewritten, counts.durationMs / 1000),
    ...rows.map((row) =>
      `  ${padEnd(row.name, nameWidth)}  ${padStart(row.frames, framesWidth)}  ${padEnd(row.dropped, droppedWidth)}  ${row.problem}`.trimEnd(),
    ),
    ...(file ? [words.capture.written(file.name, file.octets)] : []),
  ].join('\n')}\n`
}
