import { cleanLines, cleanLinesBut } from '../../edge/clean.ts'
import { ownColours } from '../../report/terminal/colour.ts'
import type { Io, Streams } from './io.ts'
import { ownMovements, screen } from '../output/screen.ts'

const ownDrawing = new RegExp(`${ownColours.source}|${ownMovements.source}`, 'g')

/**
 * The one gate between podpath and a terminal. Names, rules, error messages and answers come from clusters, captures and files
 * that may be anybody's: no escape sequence in them gets through, whoever forgot to look. And a line that is drawn and not
 * ended is taken away before anything is printed.
 */
export function guardedIo({ out, outPatiently, err, ...surroundings }: Streams): Io {
  const colours = (text: string): string => cleanLinesBut(text, ownColours)
  let unfinished = false
  const onOwnLine = (): void => {
    if (unfinished) err(screen.clearLine)
    unfinished = false
  }
  return {
    ...surroundings,
    out(text) {
      onOwnLine()
      out(cleanLines(text))
    },
    painted(text) {
      onOwnLine()
      out(colours(text))
    },
    paintedPatiently(text) {
      onOwnLine()
      return outPatiently(colours(text))
    },
    err(text) {
      onOwnLine()
      err(cleanLines(text))
    },
    draw(text) {
      const drawn = cleanLinesBut(text, ownDrawing)
      if (drawn === '') return
      unfinished = !drawn.endsWith('\n') && drawn.replaceAll(ownMovements, '') !== ''
      err(drawn)
    },
  }
}
