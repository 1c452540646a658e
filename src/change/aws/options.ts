/** The options of an AWS CLI command: `--name value…`, `--name=value`, and the shorthand and JSON of structures. */
import { jsonValue } from '../../edge/json.ts'
import { badOption, badValue, lacking } from '../change-error.ts'

/** Options that say how the CLI works, not what it does. */
const ofCli = new Set(['--region', '--profile', '--output', '--endpoint-url', '--query', '--color'])
const switches = new Set(['--no-cli-pager', '--no-paginate', '--debug', '--no-dry-run'])

export class Options {
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #asked = new Set<string>()

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
  }

  has(name: string): boolean {
    this.#asked.add(name)
    return this.#values.has(name)
  }

  all(name: string): readonly string[] {
    this.#asked.add(name)
    return this.#values.get(name) ?? []
  }

  one(name: string): string | null {
    const values = this.all(name)
    if (values.length > 1) throw badValue(name, values.join(' '))
    return values[0] ?? null
  }

  needed(name: string): string {
    const value = this.one(name)
    if (value === null) throw lacking(`${name} VALUE`)
    return value
  }

  number(name: string, least: number, most: number): number | null {
    const text = this.one(name)
    if (text === null) return null
    const value = /^-?\d{1,6}$/.test(text) ? Number(text) : NaN
    if (!(value >= least && value <= most)) throw badValue(name, text)
    return value
  }

  /** Throws for the first option that nobody asked for: it would change what the command does. */
  done(): void {
    const left = [...this.#values.keys()].find((name) => !this.#asked.has(name))
    if (left !== undefined) throw badOption(left)
  }
}

export function readOptions(words: readonly string[]): Options {
  const values = new Map<string, string[]>()
  let open: string[] | null = null
  for (const word of words) {
    if (!word.startsWith('--')) {
      if (open === null) throw badOption(word)
      open.push(word)
      continue
    }
    const cut = word.indexOf('=')
    const name = cut < 0 ? word : word.slice(0, cut)
    if (values.has(name)) throw badOption(name)
    open = cut < 0 ? [] : [word.slice(cut + 1)]
    values.set(name, open)
  }
  for (const name of [...ofCli, ...switches]) values.delete(name)
  return new Options(values)
}

/** A structure as the CLI takes it: JSON, or its shorthand `A=1,B=[{C=x}]`. */
export function structuresOf(name: string, texts: readonly string[]): readonly unknown[] {
  return texts.flatMap((text): readonly unknown[] => {
    if (/^\s*[[{]/.test(text)) {
      const value = jsonValue(text)
      if (value === undefined) throw badValue(name, text)
      return Array.isArray(value) ? (value as unknown[]) : [value]
    }
    return [new Shorthand(name, text).read()]
  })
}

const deepest = 8

/** https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html */
class Shorthand {
  readonly #name: string
  readonly #text: string
  #at = 0

  constructor(name: string, text: string) {
    this.#name = name
    this.#text = text
  }

  read(): unknown {
    const value = this.#pairs(0, '')
    if (this.#at < this.#text.length) throw this.#bad()
    return value
  }

  #bad(): Error {
    return badValue(this.#name, this.#text)
  }

  #pairs(depth: number, end: string): Readonly<Record<string, unknown>> {
    if (depth > deepest) throw this.#bad()
    const found: [string, unknown][] = []
    while (this.#at < this.#text.length && this.#text[this.#at] !== end) {
      const key = /^[A-Za-z0-9]+/.exec(this.#text.slice(this.#at))?.[0]
      if (key === undefined || this.#text[this.#at + key.length] !== '=') throw this.#bad()
      this.#at += key.length + 1
      found.push([key, this.#value(depth)])
      if (this.#text[this.#at] === ',') this.#at++
      else if (this.#at < this.#text.length && this.#text[this.#at] !== end) throw this.#bad()
    }
    return Object.fromEntries(found)
  }

  #value(depth: number): unknown {
    const first = this.#text[this.#at]
    if (first === '{') {
      this.#at++
      const value = this.#pairs(depth + 1, '}')
      if (this.#text[this.#at++] !== '}') throw this.#bad()
      return value
    }
    if (first === '[') {
      this.#at++
      const list: unknown[] = []
      while (this.#text[this.#at] !== ']') {
        if (this.#at >= this.#text.length || depth > deepest) throw this.#bad()
        list.push(this.#value(depth + 1))
        if (this.#text[this.#at] === ',') this.#at++
        else if (this.#text[this.#at] !== ']') throw this.#bad()
      }
      this.#at++
      return list
    }
    const quoted = /^(["'])([^"']*)\1/.exec(this.#text.slice(this.#at))
    if (quoted) {
      this.#at += quoted[0].length
      return quoted[2]
    }
    const plain = /^[^,[\]{}"']*/.exec(this.#text.slice(this.#at))?.[0] ?? ''
    this.#at += plain.length
    return plain
  }
}
