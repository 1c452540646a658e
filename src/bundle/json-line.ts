/** The line (from 1) of an offset in a text. */
export const lineAt = (text: string, offset: number): number =>
  text.slice(0, Math.max(0, offset)).split('\n').length

/** JSON, or the line on which it stops being JSON. */
export function parseJson(
  text: string,
): { readonly value: unknown } | { readonly line: number; readonly problem: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const position = /at position (\d+)/.exec(said)?.[1]
    const line = lineAt(text, position === undefined ? text.length : Number(position))
    return { line, problem: `not JSON: ${said.replace(/ in JSON at position.*$/s, '').slice(0, 160)}` }
  }
}

/**
 * The line on which the value under a path of a JSON text begins; 1 where the path leads nowhere.
 * Only called for the sake of an error message, so it loads its parser then.
 */
export async function lineOfPath(text: string, path: readonly (string | number)[]): Promise<number> {
  const { parseDocument, isNode } = await import('yaml')
  const document = parseDocument(text)
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return lineAt(text, node.range[0])
  }
  return 1
}
