/** Each symbol of the reports and its ASCII stand-in of the same width, so that nothing moves. */
const standIn: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '─': '-',
    '│': '|',
    '╭': '+',
    '╮': '+',
    '╰': '+',
    '╯': '+',
    '┬': '+',
    '┴': '+',
    '├': '+',
    '┤': '+',
    '━': '=',
    '→': '>',
    '⇒': '>',
    '↓': 'v',
    '↑': '^',
    '✓': '+',
    '✗': 'x',
    '•': '*',
    '·': '-',
    '…': '~',
    µ: 'u',
    '−': '-',
  }),
)

/** For terminals without Unicode: symbols become ASCII. Names, and Korean sentences, stay as they are. */
export const toAscii = (text: string): string =>
  text.replace(/[^\u0000-\u007f]/g, (character) => standIn.get(character) ?? character)
