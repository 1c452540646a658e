import { clean } from './clean.ts'
import { lineAt } from './json-line.ts'
import { mistakeIn } from './json-mistake.ts'
import { endOfString } from './json-string.ts'

/** Far more than any tool prints: EC2's and Kubernetes' answers are about ten levels deep, nft's some more. */
const mostLevels = 100

/**
 * What values of JSON take in V8's heap, in octets and roughly, where pointers have eight octets: a list or an object of its own, a
 * member's or an element's place, a string beside its characters, and each new order of members, for which V8 makes a hidden class.
 * Strings of at most ten characters are kept once however often they come.
 */
const cost = { list: 48, object: 40, place: 8, string: 24, shape: 240, shortString: 10 } as const

/** What every text may take, and what it may take for each of its characters: tools' and servers' JSON takes two to three. */
const mostCost = { base: 16 * 1024 * 1024, each: 4 } as const

/** Why a text was refused before it was parsed: it is no mistake of JSON's. */
export type JsonExcess = 'too-deep' | 'too-much'

export type ReadJson =
  | {
      readonly value: unknown
      /** About how many octets the value takes. */
      readonly cost: number
    }
  | {
      /** From 1. */
      readonly line: number
      /** One line, clean: it quotes nothing of the text. */
      readonly problem: string
      /** Absent: it is no JSON. */
      readonly excess?: JsonExcess
    }

/**
 * JSON from outside. What nests too deep or would take many times its own size as values is found before it is parsed: JSON.parse
 * itself takes 1.7 GB for ten megabytes of brackets.
 */
export function parseJson(text: string): ReadJson {
  const weighed = weigh(text)
  if ('problem' in weighed)
    return { line: lineAt(text, weighed.offset), problem: weighed.problem, excess: weighed.excess }
  try {
    return { value: JSON.parse(text) as unknown, cost: weighed.cost }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return { line: lineAt(text, mistakeIn(text)), problem: `not JSON: ${withoutQuote(said)}` }
  }
}

/** For readers that go on without: the value, or undefined where it cannot be read. */
export function jsonValue(text: string): unknown {
  const read = parseJson(text)
  return 'value' in read ? read.value : undefined
}

/** V8 quotes the text around a mistake, which may be anything. */
const withoutQuote = (said: string): string =>
  clean(said.replace(/,? \.{0,3}".*$| in JSON at position.*$/s, '')).slice(0, 160)

interface Excess {
  readonly offset: number
  readonly problem: string
  readonly excess: JsonExcess
}

/** One odd number for this process: whoever writes a text cannot make two of its shapes look alike. */
const factor = Math.floor(Math.random() * 2 ** 30) * 2 + 1

/**
 * What a text would take as values, without building them. Linear; a text that is no JSON is weighed somehow, and parsed then.
 * A member is known by the hash of its name and of those before it in its object.
 */
function weigh(text: string): { readonly cost: number } | Excess {
  const most = mostCost.base + mostCost.each * text.length
  const shapes = new Set<number>()
  // Per level: whether it is an object, and the hash of its members so far.
  const isObject = new Uint8Array(mostLevels + 1)
  const shape = new Int32Array(mostLevels + 1)
  let depth = 0
  let named = false
  let taken = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    switch (code) {
      case 34 /* " */: {
        const end = endOfString(text, at)
        if (named) {
          const name = hashOf(text, at + 1, end, shape[depth] ?? 0)
          shape[depth] = name
          taken += cost.place
          if (!shapes.has(name)) {
            shapes.add(name)
            taken += cost.shape + end - at
          }
          named = false
        } else if (end - at > cost.shortString + 1) taken += cost.string + end - at
        at = end
        break
      }
      case 91 /* [ */:
      case 123 /* { */:
        if (++depth > mostLevels)
          return {
            offset: at,
            problem: `lists and objects lie more than ${mostLevels} deep in each other`,
            excess: 'too-deep',
          }
        named = code === 123
        isObject[depth] = named ? 1 : 0
        shape[depth] = 0
        taken += named ? cost.object : cost.list
        break
      case 44 /* , */:
        named = isObject[depth] === 1
        // A member is counted by its name.
        if (!named) taken += cost.place
        break
      case 93 /* ] */:
      case 125 /* } */:
        if (depth > 0) depth--
        named = false
        break
    }
    if (taken > most)
      return {
        offset: at,
        problem: `its ${text.length} characters would take more than ${Math.round(most / 2 ** 20)} MiB as lists and objects`,
        excess: 'too-much',
      }
  }
  return { cost: taken }
}

function hashOf(text: string, from: number, to: number, start: number): number {
  let hash = start ^ 0x9e3779b9
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), factor) ^ (hash >>> 15)
  return hash | 0
}
