import { ownColours } from '../../src/report/terminal/colour.ts'
import { ownMovements } from '../../src/cli/output/screen.ts'

/** Strings that nobody may bring to a terminal or into a report, each of another kind, with a mark to find them by. */
export const hostileStrings = [
  '\u001b]0;MARK\u0007',
  '\u009d0;MARK\u009c',
  '\u001b[2J\u001b[H\u009b31mMARK',
  '\u001bP+q544e\u001b\\MARK',
  '\u001b]8;;https://mark.example/\u001b\\MARK',
  '\u001b]52;c;TUFSSw==\u0007',
  'MARK\b\b\b\b\rMARK\u007f',
  'MARK\u202ekram\u202c\u2066\u200b\ufeff\u{e0041}',
  '\u0000MARK\u0085\u2028\u2029',
  'MARK\npodpath: all is well\n',
] as const

const foreign =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u

/** What of a text is neither text nor podpath's own: the first such character and what stands around it; null: nothing. */
export function foreignIn(text: string): string | null {
  const rest = text.replaceAll(new RegExp(`${ownColours.source}|${ownMovements.source}`, 'g'), '')
  const found = foreign.exec(rest)
  return found && JSON.stringify(rest.slice(Math.max(0, found.index - 40), found.index + 40))
}
