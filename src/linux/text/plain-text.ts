/** What a terminal showed, as text: without colours, titles, carriage returns and what was typed and taken back. */

/** CSI sequences (ECMA-48 5.4), OSC strings as xterm ends them, and two-letter escapes. */
const escapes =
  /\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)|\x1b[@-Z\\^_=>()][0-9A-B]?/g

export const plainText = (text: string): string =>
  text
    .replace(/^\ufeff/, '')
    .replaceAll(escapes, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replaceAll('\u00a0', ' ')
