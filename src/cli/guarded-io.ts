import { cleanLines, cleanLinesBut } from '../edge/clean.ts'
import { ownColours } from '../report/colour.ts'
import type { Io, Streams } from './io.ts'
import { ownMovements } from './screen.ts'

const ownDrawing = new RegExp(`${ownColours.source}|${ownMovements.source}`, 'g')

/**
 * The one gate between podpath and a terminal. Names, rules, error messages and answers come from clusters, captures and files
 * that may be anybody's: no escape sequence in them gets through, whoever forgot to look.
 */
export function guardedIo({ out, outPatiently, err, ...surroundings }: Streams): Io {
  const colours = (text: string): string => cleanLinesBut(text, ownColours)
  return {
    ...surroundings,
    out: (text) => out(cleanLines(text)),
    painted: (text) => out(colours(text)),
    paintedPatiently: (text) => outPatiently(colours(text)),
    err: (text) => err(cleanLines(text)),
    draw: (text) => err(cleanLinesBut(text, ownDrawing)),
  }
}
