/** Entries of lists and maps; a kubeconfig has some fifteen for each cluster. The parser takes a kilobyte or two for each. */
const mostEntries = 40_000
/** Lists and maps in each other; a kubeconfig's `exec` entry is five deep. */
const mostLevels = 100

/** What begins or ends an entry: an indicator of flow style, of a block's entry, a value or a key (YAML 1.2.2, section 5.3), and each line. */
const indicator = /[[\]{},\n]|[-?:](?=[ \t\n\r]|$)/g

/**
 * Why a YAML text is not given to the parser, which takes a thousand times its length for some texts: one clause. Null: it may be.
 * Indicators in strings count as well.
 */
export function yamlExcess(text: string): string | null {
  let entries = 0
  let brackets = 0
  let onLine = 0
  for (const [found] of text.matchAll(indicator)) {
    if (++entries > mostEntries)
      return `it has more than ${mostEntries.toLocaleString('en')} entries, which is more than podpath reads`
    if (found === '\n') onLine = 0
    else if (found === '-' || found === '?') onLine++
    else if (found === '[' || found === '{') brackets++
    else if (found === ']' || found === '}') brackets--
    if (brackets > mostLevels || onLine > mostLevels)
      return `lists and maps lie more than ${mostLevels} deep in each other`
  }
  return null
}
