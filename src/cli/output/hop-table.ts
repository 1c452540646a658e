import type { Progress } from '../../session/progress.ts'
import type { TraceEvent } from '../../observe/trace-event.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import { renderHops, type HopRow } from '../../report/terminal/hop-table.ts'
import type { Io } from '../process/io.ts'
import type { ProgressLine } from './progress-line.ts'
import { screen } from './screen.ts'

/** A terminal that is lower than this scrolls the table away, and could not be cleared again. */
const mostRows = 20

export interface HopTable extends ProgressLine {
  readonly onEvent: (event: TraceEvent) => void
}

/** The places where a trace's packets are seen, above the line of its progress, until the report takes their place. */
export function hopTable(io: Io, language: Language, line: ProgressLine, signal: AbortSignal): HopTable {
  const words = catalogue(language)
  const rows: HopRow[] = []
  let probes = 1
  let height = 0
  let last: Parameters<Progress>[0] | null = null
  const erase = (): void => {
    line.clear()
    io.draw(screen.clearAbove(height))
    height = 0
  }
  const draw = (): void => {
    erase()
    const lines = renderHops(rows, probes, { width: io.watchedWidth - 1, colour: io.colour, words }).slice(
      -mostRows,
    )
    if (lines.length > 0) io.draw(`${lines.join('\n')}\n`)
    height = lines.length
    if (last) line.progress(last)
  }
  // What is said then stands below whatever was drawn.
  signal.addEventListener('abort', erase)
  return {
    clear: erase,
    warn(message) {
      erase()
      line.warn(message)
      draw()
    },
    progress(say) {
      last = say
      line.progress(say)
    },
    onEvent(event) {
      if (event.kind === 'probe-sent') probes = event.count
      if (event.kind !== 'hop-seen') return
      const { probe, direction, seen, after } = event.hop
      const { stack, interface: name, direction: inOut, view, rewritten } = seen
      rows.push({ probe, direction, stack, interface: name, inOut, view, after, rewritten })
      draw()
    },
  }
}
