/** How much colour the terminal shows: none, 16, 256, or 16 million. The caller decides it (NO_COLOR, TTY, TERM). */
export type ColourLevel = 0 | 1 | 2 | 3

/** The report's few colours, named for what they mean. */
export interface Paint {
  readonly strong: (text: string) => string
  readonly quiet: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly uncertain: (text: string) => string
  readonly request: (text: string) => string
  readonly reply: (text: string) => string
  readonly changed: (text: string) => string
}

/** Every sequence that `paintFor` and `tagColour` write, and nothing else: what may pass to a terminal. */
export const ownColours = /\u001b\[(?:1|2|22|3[1-6]|39|9[2-6]|38;5;245|1;33|22;39)m/g

/** Colours of which one stands for all sightings of one packet: text that is neither good nor bad. */
const tagColours = [36, 32, 33, 35, 34, 96, 92, 93, 95, 94] as const

/** The same colour for the same number. */
export function tagColour(text: string, number: number | null, level: ColourLevel): string {
  if (number === null || level === 0) return text
  return `\u001b[${tagColours[number % tagColours.length] ?? 39}m${text}\u001b[39m`
}

/** ECMA-48 SGR. Quiet is grey where there are 256 colours: `faint` is not shown by every terminal. */
export function paintFor(level: ColourLevel): Paint {
  const sgr =
    (on: string, off: string) =>
    (text: string): string =>
      level === 0 || text.trim() === '' ? text : `\u001b[${on}m${text}\u001b[${off}m`
  return {
    strong: sgr('1', '22'),
    quiet: level >= 2 ? sgr('38;5;245', '39') : sgr('2', '22'),
    good: sgr('32', '39'),
    bad: sgr('31', '39'),
    uncertain: sgr('33', '39'),
    request: sgr('36', '39'),
    reply: sgr('35', '39'),
    changed: sgr('1;33', '22;39'),
  }
}
