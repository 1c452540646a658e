export interface Flags {
  readonly set: ReadonlySet<string>
  readonly values: Readonly<Record<string, string>>
  /** What is no flag. */
  readonly words: readonly string[]
}

/** Reads a command line: flags by every name they have → their own name, and flags that take a value likewise. */
export function readFlags(
  argv: readonly string[],
  flags: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): Flags | { readonly problem: string } {
  const set = new Set<string>()
  const given: Record<string, string> = {}
  const words: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const [, name = word, value] = /^(--?[a-z-]+)=(.*)$/.exec(word) ?? []
    const plain = flags[name]
    const valued = values[name]
    if (!word.startsWith('-') || word === '-') words.push(word)
    else if (plain !== undefined && value === undefined) set.add(plain)
    else if (valued !== undefined) {
      const taken = value ?? argv[++at]
      if (taken === undefined) return { problem: `flag needs an argument: ${name}` }
      given[valued] = taken
    } else if (
      /^-[a-z]{2,}$/i.test(word) &&
      [...word.slice(1)].every((letter) => flags[`-${letter}`] !== undefined)
    )
      for (const letter of word.slice(1)) set.add(flags[`-${letter}`] ?? '')
    else return { problem: `flag provided but not defined: ${name}` }
  }
  return { set, values: given, words }
}
