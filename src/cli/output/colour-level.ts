import type { ColourLevel } from '../../report/terminal/colour.ts'

/** Colours for a terminal only, and none where NO_COLOR is set (no-color.org); FORCE_COLOR asks for them anyway. */
export function colourLevel(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): ColourLevel {
  if ((environment['NO_COLOR'] ?? '') !== '') return 0
  const forced = (environment['FORCE_COLOR'] ?? '') !== ''
  if (!forced && (!isTerminal || environment['TERM'] === 'dumb')) return 0
  if (/truecolor|24bit/.test(environment['COLORTERM'] ?? '')) return 3
  return /256/.test(environment['TERM'] ?? '') ? 2 : 1
}
