/** A table of GitHub's flavour; a bar inside a cell stays a bar. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

/** Text that must stay text: no emphasis, no link, no HTML, no table cell, no mention (CommonMark 2.4). */
export const escape = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]#|~!]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')

/** A code span whatever is in it: a fence longer than any run of backticks inside (CommonMark 6.1). */
export function code(text: string): string {
  if (text.trim() === '') return ''
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`
}
