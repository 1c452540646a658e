/** One `-A` line of iptables-save, as every backend writes it, and back. */
import type { Counter, FilterRule, RuleMatch, RuleOption, RuleTarget } from '../../model/stack/ruleset.ts'
import { excerpt } from '../reading.ts'
import type { Piece, RulePieces } from '../ip/rule-pieces.ts'

const header = new Set(['-s', '-d', '-i', '-o', '-p', '-f', '--source', '--destination'])
const headerLong: Readonly<Record<string, string>> = { '--source': '-s', '--destination': '-d' }

const blank = 32

/** `[12:840]` */
export function counterIn(word: string): Counter | null {
  const match = /^\[(\d{1,20}):(\d{1,20})\]$/.exec(word)
  return match ? { packets: Number(match[1]), octets: Number(match[2]) } : null
}

/** The position after the closing quote of the one at `open`; the end of the line when it is never closed. */
function afterQuote(line: string, open: number): number {
  for (let i = open + 1; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code === 92 /* \ */) i++
    else if (code === 34 /* " */) return i + 1
  }
  return line.length
}

/**
 * Where the word that begins at `start` ends. Letter by letter: of a search for the next quote that is made once, before
 * the words, V8 makes one for every word (what has no effect is done where it is used), and so the square of the line.
 */
function wordEnd(line: string, start: number): number {
  for (let i = start; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code === blank) return i
    if (code === 34 /* " */) i = afterQuote(line, i) - 1
  }
  return line.length
}

/** Splits at blanks outside double quotes; quotes and backslashes stay in the word. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  for (let start = 0; start < line.length;) {
    const end = wordEnd(line, start)
    if (end > start) words.push(line.slice(start, end))
    start = end + 1
  }
  return words
}

const none: readonly never[] = []
/** An array that has grown keeps room for more; of tens of thousands of rules that is most of the memory. */
const exact = <T>(grown: readonly T[]): readonly T[] => (grown.length === 0 ? none : grown.slice())

interface Parts {
  readonly matches: readonly RuleMatch[]
  readonly target: RuleTarget | null
  readonly problem: string | null
}

/** What stands after the chain's name, word by word. */
function readWords(words: readonly string[]): Parts {
  const matches: { module: string; options: RuleOption[] }[] = []
  let target: (RuleTarget & { options: RuleOption[] }) | null = null
  let problem: string | null = null
  let options: RuleOption[] | null = null
  let not = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '!') {
      not = true
      continue
    }
    if (word === '-m') {
      options = []
      matches.push({ module: words[++i] ?? '', options })
      continue
    }
    if (word === '-j' || word === '-g') {
      options = []
      target = { kind: word === '-j' ? 'jump' : 'goto', name: words[++i] ?? '', options }
      continue
    }
    if (word === '-c') {
      i += 2
      continue
    }
    const values: string[] = []
    while (i + 1 < words.length && isValue(words[i + 1] ?? '')) values.push(words[++i] ?? '')
    if (header.has(word) && target === null) {
      // `-f` takes no value.
      matches.push({ module: '', options: [{ not, name: headerLong[word] ?? word, values: exact(values) }] })
    } else if (word.startsWith('-')) {
      const option = { not, name: word, values: exact(values) }
      if (options) options.push(option)
      else problem ??= `an option before any module: ${excerpt(word)}`
    } else problem ??= `a word without an option: ${excerpt(word)}`
    not = false
  }
  return {
    matches: exact(matches.map((match) => ({ module: match.module, options: exact(match.options) }))),
    target: target && { kind: target.kind, name: target.name, options: exact(target.options) },
    problem,
  }
}

/** Not an option and not a `!`; a negative number is a value. */
const isValue = (word: string): boolean => {
  const first = word.charCodeAt(0)
  if (first === 33 /* ! */) return word.length > 1
  return first !== 45 /* - */ || (word.length > 1 && /^-\d/.test(word))
}

/**
 * One `-A` line (counters before it or not); a string says why it is not one. With `pieces`, equal parts of rules are
 * read once and are then the same object: kube-proxy writes the same few of them thousands of times.
 */
export function readRule(line: string, pieces?: RulePieces): FilterRule | string {
  const known = pieces ? readKnown(line, pieces) : null
  if (known) return known
  const words = wordsOf(line)
  const seen = words[0] ?? ''
  const counter = counterIn(seen)
  const first = seen.startsWith('[') ? 1 : 0
  if (words[first] !== '-A') return `not a rule: ${excerpt(line)}`
  const chain = words[first + 1]
  if (chain === undefined) return `a rule without a chain: ${excerpt(line)}`
  return { chain, ...readWords(words.slice(first + 2)), counter, line: withoutCounter(line, counter, seen) }
}

const withoutCounter = (line: string, counter: Counter | null, seen: string): string =>
  counter === null ? line : line.slice(seen.length + 1)

function readKnown(line: string, pieces: RulePieces): FilterRule | null {
  const seen = line.startsWith('[') ? line.slice(0, Math.max(0, line.indexOf(' '))) : ''
  const counter = seen === '' ? null : counterIn(seen)
  const bare = withoutCounter(line, counter, seen)
  const parts = readPieces(bare, pieces)
  return (
    parts && {
      chain: parts.chain,
      matches: parts.matches,
      target: parts.target,
      problem: null,
      counter,
      line: bare,
    }
  )
}

const dash = 45
/** Options of one letter that begin a part of a rule: d f g i j m o p s. */
const begins = new Set([...'dfgijmops'].map((letter) => letter.charCodeAt(0)))

interface ReadPieces {
  readonly chain: string
  readonly matches: readonly RuleMatch[]
  readonly target: RuleTarget | null
}

const found: RuleMatch[] = []

/** As iptables-save writes rules: header, matches, target. Null: this line is otherwise, and must be read word by word. */
function readPieces(line: string, pieces: RulePieces): ReadPieces | null {
  if (!line.startsWith('-A ')) return null
  const afterChain = line.indexOf(' ', 3)
  const chainEnd = afterChain < 0 ? line.length : afterChain
  if (chainEnd === 3) return null
  const chain = pieces.chain(line, 3, chainEnd)
  if (chain.includes('"')) return null
  found.length = 0
  let target: RuleTarget | null = null
  let start = chainEnd + 1
  while (start < line.length) {
    // Nothing follows a target but its own options.
    if (target !== null) return null
    const negated = line.charCodeAt(start) === 33 && line.charCodeAt(start + 1) === blank
    if (!beginsPiece(line, negated ? start + 2 : start) || (negated && !isHeader(line, start + 2)))
      return null
    let end = start + (negated ? 4 : 2)
    // Word by word, to where the next part begins.
    while (end < line.length) {
      end = wordEnd(line, end + 1)
      if (beginsPiece(line, end + 1)) break
      if (line.charCodeAt(end + 1) === 33 && line.charCodeAt(end + 2) === blank && beginsPiece(line, end + 3))
        break
    }
    const piece = pieces.get(line, start, end, readPiece)
    if (piece === null) return null
    if (piece.kind === 'target') target = piece.target
    else found.push(piece.match)
    start = end + 1
  }
  return { chain, matches: exact(found), target }
}

const beginsPiece = (line: string, at: number): boolean =>
  line.charCodeAt(at) === dash && line.charCodeAt(at + 2) === blank && begins.has(line.charCodeAt(at + 1))

const isHeader = (line: string, at: number): boolean => header.has(line.slice(at, at + 2))

/** Null: more than one thing, or nothing whole. */
function readPiece(text: string): Piece | null {
  const name = text.slice(0, 2)
  // One plain word: most of the parts that no two rules share.
  const value = text.slice(3)
  if (value !== '' && !/[ "!-]/.test(value)) {
    if (name === '-j' || name === '-g')
      return { kind: 'target', target: { kind: name === '-j' ? 'jump' : 'goto', name: value, options: none } }
    if (name !== '-m' && header.has(name))
      return { kind: 'match', match: { module: '', options: [{ not: false, name, values: [value] }] } }
  }
  const words = wordsOf(text)
  // What these say may be said of the next part.
  if (words.includes('-c') || words.at(-1) === '!') return null
  const { matches, target, problem } = readWords(words)
  const [match] = matches
  if (problem !== null || matches.length + (target ? 1 : 0) !== 1) return null
  if (target) return { kind: 'target', target }
  return match ? { kind: 'match', match } : null
}

const optionWords = (option: RuleOption): string =>
  [...(option.not ? ['!'] : []), option.name, ...option.values].join(' ')

/** The rule as iptables-save prints it without -c. */
export function formatRule(rule: FilterRule): string {
  const words = ['-A', rule.chain]
  for (const match of rule.matches) {
    if (match.module !== '') words.push('-m', match.module)
    words.push(...match.options.map(optionWords))
  }
  if (rule.target) {
    words.push(rule.target.kind === 'jump' ? '-j' : '-g', rule.target.name)
    words.push(...rule.target.options.map(optionWords))
  }
  return words.join(' ')
}
