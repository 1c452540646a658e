import { endOfString } from './json-string.ts'

/** The line (from 1) of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/**
 * The line on which the value under a path of a JSON text begins, or the innermost one that is there on the way. Of members of one name
 * the last counts, as for JSON.parse. Linear; the text must be JSON.
 */
export function lineOfPath(text: string, path: readonly (string | number)[]): number {
  let at = afterSpace(text, 0)
  for (const key of path) {
    const child = childAt(text, at, key)
    if (child === null) break
    at = child
  }
  return lineAt(text, at)
}

/** The offset of a member or an element of the object or the list that begins at an offset; null: it has none of this name. */
function childAt(text: string, from: number, key: string | number): number | null {
  const open = text[from]
  if (open !== '{' && open !== '[') return null
  const close = open === '{' ? '}' : ']'
  let found: number | null = null
  let at = afterSpace(text, from + 1)
  for (let index = 0; at < text.length && text[at] !== close; index++) {
    let name: string | number = index
    if (open === '{') {
      const end = endOfString(text, at)
      name = JSON.parse(text.slice(at, end + 1)) as string
      at = afterSpace(text, afterSpace(text, end + 1) + 1)
    }
    if (name === key) found = at
    at = afterSpace(text, endOfValue(text, at))
    if (text[at] === ',') at = afterSpace(text, at + 1)
  }
  return found
}

const space = /[ \t\n\r]*/y

function afterSpace(text: string, at: number): number {
  space.lastIndex = at
  space.test(text)
  return space.lastIndex
}

/** The offset behind the value that begins at an offset. */
function endOfValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++)
    switch (text.charCodeAt(at)) {
      case 34 /* " */:
        at = endOfString(text, at)
        if (depth === 0) return at + 1
        break
      case 91 /* [ */:
      case 123 /* { */:
        depth++
        break
      case 93 /* ] */:
      case 125 /* } */:
        if (depth === 0) return at
        if (--depth === 0) return at + 1
        break
      case 44 /* , */:
        if (depth === 0) return at
        break
    }
  return text.length
}
