/** A file of its own, loaded by those who find YAML: the library is large. */
import { parse } from 'yaml'

/**
 * YAML as a value. Aliases may stand for a hundred times as much, not more (a "billion laughs"). Throws what the library finds; it says
 * nothing on its own. Names are not looked up for being there twice, which takes a time that grows with their square: the last one counts.
 */
export const parseYaml = (text: string): unknown =>
  parse(text, { maxAliasCount: 100, uniqueKeys: false, logLevel: 'error' })
