import { clean } from './clean.ts'

/** Text from outside as one line that a terminal may show: clean, single spaces, bounded length. */
export function printable(text: string, most = 300): string {
  const line = clean(text).replace(/ {2,}/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
