import type { Run } from '../compiled/fabric.ts'

/** What a match says of a packet. `maybe`: it cannot be known, so both are tried. */
export const no = 0
export const yes = 1
export const maybe = 2
export type Answer = 0 | 1 | 2

export type Predicate = (run: Run) => Answer

/** A match that is understood, or why it is not. `last`: it draws lots, so it is asked after all others. */
export type Understood =
  | {
      readonly kind: 'predicate'
      readonly test: Predicate
      readonly last?: boolean
      /** It matches with this probability, whatever the packet. */
      readonly share?: number
      /** It draws lots for what the stack may have seen before; whoever knows its neighbours sets them. */
      readonly odds?: Odds
    }
  /** It always matches: a comment, a counter. */
  | { readonly kind: 'always' }
  | { readonly kind: 'not-understood'; readonly because: string }

/** How probable a match is that asks for what nobody read. */
export interface Odds {
  share: number
}

export const predicate = (test: Predicate): Understood => ({ kind: 'predicate', test })
export const always: Understood = { kind: 'always' }
export const notUnderstood = (because: string): Understood => ({ kind: 'not-understood', because })

export const answer = (truth: boolean): Answer => (truth ? yes : no)

/** Applies the `!` before an option. */
export const inverted = (value: Answer, not: boolean): Answer =>
  value === maybe || !not ? value : value === yes ? no : yes

/** All of several tests; a sure no wins over a maybe. */
export const all = (tests: readonly Predicate[]): Predicate => {
  const [only] = tests
  if (only && tests.length === 1) return only
  return (run) => {
    let result: Answer = yes
    for (const test of tests) {
      const value = test(run)
      if (value === no) return no
      if (value === maybe) result = maybe
    }
    return result
  }
}

/** What the test says without anything being decided: `maybe` where it would draw lots. */
export function tryOut(run: Run, test: Predicate | null): Answer {
  if (test === null) return yes
  const rehearsal = { open: false }
  run.rehearsal = rehearsal
  const value = test(run)
  run.rehearsal = null
  return rehearsal.open ? maybe : value
}

/** A decimal or hexadecimal number up to 32 bits, as iptables prints it. */
export function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined
  const value = Number(text)
  return value <= 0xffffffff ? value : undefined
}

/** `VALUE` or `VALUE/MASK`. */
export function maskedIn(
  text: string | undefined,
): { readonly value: number; readonly mask: number } | undefined {
  if (text === undefined) return undefined
  const [first, second] = text.split('/')
  const value = numberIn(first)
  const mask = second === undefined ? 0xffffffff : numberIn(second)
  return value === undefined || mask === undefined ? undefined : { value, mask }
}

/** `80`, `1000:2000`, `:1023`, `1024:` */
export function rangeIn(text: string | undefined, most: number): readonly [number, number] | undefined {
  if (text === undefined) return undefined
  const match = /^(\d{0,10})(?:(:)(\d{0,10}))?$/.exec(text)
  if (!match || text === '') return undefined
  const low = match[1] === '' || match[1] === undefined ? 0 : Number(match[1])
  const high =
    match[2] === undefined ? low : match[3] === '' || match[3] === undefined ? most : Number(match[3])
  return [low, high]
}
