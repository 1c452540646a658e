import stringWidth from 'string-width'

/**
 * Characters of one column each and Hangul's syllables of two, of which nearly all lines are made; looking each up in Unicode's tables is
 * a hundred times slower, and reading the tables takes longer than most commands.
 */
const usual = /^[ -~→⇒…·─-╿✓✗가-힣]*$/
const syllable = /[가-힣]/g
const colourCodes = /\u001b\[[\d;]*m/g

/** Columns of a text in a terminal: Hangul is two columns wide, colour codes are none (UAX #11). */
export function columns(text: string): number {
  const bare = text.includes('\u001b') ? text.replaceAll(colourCodes, '') : text
  return usual.test(bare) ? bare.length + (bare.match(syllable)?.length ?? 0) : stringWidth(text)
}

/** Fills up with spaces on the right; text that is wider stays as it is. */
export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - columns(text)))

/** Fills up with spaces on the left. */
export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - columns(text))) + text

/** Breaks plain text (no colour codes) at spaces; a word wider than the line is broken where it must. */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(8, width)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (columns(longer) <= room) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    const pieces = broken(word, room)
    lines.push(...pieces.slice(0, -1))
    line = pieces.at(-1) ?? ''
  }
  return [...lines, line]
}

function broken(word: string, room: number): readonly string[] {
  if (columns(word) <= room) return [word]
  const pieces: string[] = []
  let piece = ''
  let used = 0
  for (const character of word) {
    const width = columns(character)
    if (used + width > room) {
      pieces.push(piece)
      piece = ''
      used = 0
    }
    piece += character
    used += width
  }
  return [...pieces, piece]
}

/** Cuts in the middle, so that both ends of a name stay readable. */
export function shorten(text: string, width: number): string {
  if (columns(text) <= width) return text
  const characters = [...text]
  let head = ''
  let tail = ''
  for (let i = 0, j = characters.length - 1; i <= j; i++, j--) {
    const front = characters[i] ?? ''
    if (columns(head + front + tail) + 1 > width) break
    head += front
    const back = characters[j] ?? ''
    if (columns(head + back + tail) + 1 > width) break
    tail = back + tail
  }
  return `${head}…${tail}`
}
