/** A value that is no string and holds no other, at `lastIndex` (RFC 8259). */
const plain = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y
const space = /[ \t\n\r]*/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/**
 * The offset at which a text stops being JSON; its length where it only ends too soon. V8 tells it for some mistakes alone.
 * For texts that JSON.parse refused, whose lists and objects do not nest deep.
 */
export function mistakeIn(text: string): number {
  let at = 0
  const skip = (what: RegExp): boolean => {
    what.lastIndex = at
    const found = what.test(text)
    if (found) at = what.lastIndex
    return found
  }
  const take = (character: string): boolean => {
    if (text[at] !== character) return false
    at++
    skip(space)
    return true
  }
  const string = (): boolean => {
    for (at++; at < text.length;) {
      const code = text.charCodeAt(at)
      if (code === 34 /* " */) return take('"')
      if (code === 92 /* \ */) {
        if (!skip(escape)) return false
      } else if (code < 32) return false
      else at++
    }
    return false
  }
  const members = (end: string, member: () => boolean): boolean => {
    if (take(end)) return true
    do if (!member()) return false
    while (take(','))
    return take(end)
  }
  const value = (): boolean => {
    if (take('[')) return members(']', value)
    if (take('{')) return members('}', () => text[at] === '"' && string() && take(':') && value())
    return text[at] === '"' ? string() : skip(plain) && skip(space)
  }
  skip(space)
  value()
  return at
}
