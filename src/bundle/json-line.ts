/** Characters; its parser needs some hundred times as many octets. */
const mostForLine = 1_000_000

/** The line (from 1) of an offset in a text. */
export const lineAt = (text: string, offset: number): number =>
  text.slice(0, Math.max(0, offset)).split('\n').length

/** Far more than any tool prints: EC2's and Kubernetes' answers are about ten levels deep, nft's some more. */
const mostLevels = 100
/** A file of 64 MiB could hold thirty million empty lists, which as values take gigabytes. */
const mostParts = 2_000_000
/** Numbers and words take less; in what tools print each takes ten characters or more. */
const mostValues = 8_000_000

/** JSON, or the line on which it stops being JSON, or being JSON that somebody may have meant. */
export function parseJson(
  text: string,
): { readonly value: unknown } | { readonly line: number; readonly problem: string } {
  const excess = excessOf(text)
  if (excess) return { line: lineAt(text, excess.offset), problem: excess.problem }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const position = /at position (\d+)/.exec(said)?.[1]
    const line = lineAt(text, position === undefined ? text.length : Number(position))
    return { line, problem: `not JSON: ${said.replace(/ in JSON at position.*$/s, '').slice(0, 160)}` }
  }
}

/** Where lists and objects lie too deep in each other, or are too many; found without building them. Linear. */
function excessOf(text: string): { readonly offset: number; readonly problem: string } | null {
  let depth = 0
  let parts = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 34 /* " */:
        at = endOfString(text, at)
        break
      case 91 /* [ */:
      case 123 /* { */:
        if (++depth > mostLevels)
          return { offset: at, problem: `lists and objects lie more than ${mostLevels} deep in each other` }
        if (++parts > mostParts)
          return { offset: at, problem: `holds more than ${mostParts} lists and objects` }
        break
      case 44 /* , */:
        if (++values > mostValues) return { offset: at, problem: `holds more than ${mostValues} values` }
        break
      case 93 /* ] */:
      case 125 /* } */:
        depth--
        break
    }
  }
  return null
}

/** The offset of the quote that ends the string begun at `open`; of the text's end when none does. */
function endOfString(text: string, open: number): number {
  for (let from = open + 1; ;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return text.length
    let slashes = 0
    while (text.charCodeAt(quote - 1 - slashes) === 92 /* \ */) slashes++
    if (slashes % 2 === 0) return quote
    from = quote + 1
  }
}

/**
 * The line on which the value under a path of a JSON text begins; 1 where the path leads nowhere, or the text is long.
 * Only called for the sake of an error message, so it loads its parser then.
 */
export async function lineOfPath(text: string, path: readonly (string | number)[]): Promise<number> {
  if (text.length > mostForLine) return 1
  const { parseDocument, isNode } = await import('./yaml-document.ts')
  const document = parseDocument(text)
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return lineAt(text, node.range[0])
  }
  return 1
}
