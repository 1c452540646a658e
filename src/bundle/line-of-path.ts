import { lineAt } from '../edge/json.ts'

/** Characters; its parser needs some hundred times as many octets. */
const mostForLine = 1_000_000

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
