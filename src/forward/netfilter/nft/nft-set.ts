/** The right-hand sides of nftables' expressions: constants, prefixes, ranges, sets and maps. */
import { parseIp } from '../../../model/address/address.ts'
import type { NftTable, NftValue } from '../../../model/stack/nft.ts'
import { type Prefix, contains, parsePrefix } from '../../../model/address/prefix.ts'
import type { Run } from '../../compiled/fabric.ts'
import { type Kind, isMembers, numberFrom } from './nft-words.ts'
import { type Data, type Datum, unknown } from './nft-operand.ts'
import { type Answer, maybe, no, yes } from '../predicate.ts'

/** One dimension of one element. */
export type Part = (run: Run, datum: Datum) => Answer

const equal =
  (wanted: Datum): Part =>
  (run, datum) => {
    if (datum === unknown) return maybe
    if (typeof datum === 'number' && typeof wanted === 'number' && datum < 0 && wanted >= 0)
      return run.portIn(datum, wanted, wanted) ? yes : no
    return datum === wanted ? yes : no
  }

/** Null: not understood. */
export function compilePart(value: NftValue, kind: Kind): Part | null {
  if (isMembers(value)) {
    if (isMembers(value['elem'])) return compilePart(value['elem']['val'] ?? null, kind)
    if (isMembers(value['prefix'])) {
      const { addr, len } = value['prefix']
      const prefix = parsePrefix(`${String(addr)}/${String(len)}`)
      return prefix ? prefixPart(prefix) : null
    }
    if (Array.isArray(value['range'])) return rangePart(value['range'] as readonly NftValue[], kind)
    if (!Array.isArray(value['|'])) return null
  }
  if (value === '*') return () => yes
  if (kind === 'interface' && typeof value === 'string') {
    if (!value.endsWith('*')) return equal(value)
    const stem = value.slice(0, -1)
    return (_, datum) => (typeof datum === 'string' && datum.startsWith(stem) ? yes : no)
  }
  if (kind === 'address' && typeof value === 'string') {
    const prefix = parsePrefix(value)
    return prefix ? prefixPart(prefix) : null
  }
  const number = numberFrom(value, kind)
  if (number === null || kind === 'status') return null
  // States are bits; one in common is enough.
  if (kind === 'state')
    return (_, datum) =>
      typeof datum === 'number' ? ((datum & number) !== 0 ? yes : no) : datum === unknown ? maybe : no
  return equal(number)
}

const prefixPart =
  (prefix: Prefix): Part =>
  (_, datum) =>
    (typeof datum === 'number' || typeof datum === 'bigint') && contains(prefix, datum as Prefix['address'])
      ? yes
      : no

function rangePart(ends: readonly NftValue[], kind: Kind): Part | null {
  const read = (value: NftValue | undefined): number | bigint | null => {
    if (kind === 'address' && typeof value === 'string') return parseIp(value) ?? null
    return numberFrom(value ?? null, kind)
  }
  const low = read(ends[0])
  const high = read(ends[1])
  if (low === null || high === null) return null
  return (run, datum) => {
    if (datum === unknown) return maybe
    if (typeof datum === 'number' && datum < 0 && kind === 'port')
      return run.portIn(datum, Number(low), Number(high)) ? yes : no
    return (typeof datum === 'number' || typeof datum === 'bigint') && datum >= low && datum <= high
      ? yes
      : no
  }
}

/** One element of a set: a part for each dimension. */
export function compileElement(value: NftValue, kinds: readonly Kind[]): readonly Part[] | null {
  const inner = isMembers(value) && isMembers(value['elem']) ? (value['elem']['val'] ?? null) : value
  const concat = isMembers(inner) ? inner['concat'] : undefined
  const values = Array.isArray(concat) ? (concat as readonly NftValue[]) : [inner]
  if (values.length !== kinds.length) return null
  const parts = values.map((item, index) => compilePart(item, kinds[index] ?? 'number'))
  const known = parts.filter((part) => part !== null)
  return known.length === parts.length ? known : null
}

export function elementMatches(run: Run, parts: readonly Part[], data: Data): Answer {
  let result: Answer = yes
  for (let i = 0; i < parts.length; i++) {
    const datum = data[i] ?? null
    if (datum === null) return no
    const value = parts[i]?.(run, datum) ?? maybe
    if (value === no) return no
    if (value === maybe) result = maybe
  }
  return result
}

/** A set or map, in the rule or by name (`@name`): keys, and for a map what each gives. */
export interface Elements<T> {
  readonly find: (run: Run, data: Data) => { readonly answer: Answer; readonly value: T | null }
}

const keyText = (data: Data): string | null => {
  let text = ''
  for (const datum of data) {
    if (datum === null || datum === unknown || (typeof datum === 'number' && datum < 0)) return null
    text += `${String(datum)} `
  }
  return text
}

/** What a map's element gives, compiled. Null: not understood. */
export type ReadValue<T> = (value: NftValue) => T | null

/** By table, reader and what it is asked for: thousands of rules may look into one set of thousands. */
const compiledSets = new WeakMap<
  NftTable,
  WeakMap<ReadValue<unknown>, Map<string, Elements<unknown> | null>>
>()

/**
 * `read` is one and the same function for the same kind of values: what was compiled with it is kept. For a set it is
 * never asked. Null: not understood.
 */
export function compileElements<T>(
  value: NftValue,
  kinds: readonly Kind[],
  table: NftTable,
  read: ReadValue<T>,
): Elements<T> | null {
  if (isMembers(value) && Array.isArray(value['set']))
    return compileList(value['set'] as readonly NftValue[], kinds, read)
  if (typeof value !== 'string' || !value.startsWith('@')) return null
  const byReader =
    compiledSets.get(table) ?? new WeakMap<ReadValue<unknown>, Map<string, Elements<T> | null>>()
  compiledSets.set(table, byReader)
  const byName = (byReader.get(read) ?? new Map<string, Elements<T> | null>()) as Map<
    string,
    Elements<T> | null
  >
  byReader.set(read, byName)
  const key = `${kinds.join(' ')} ${value}`
  const known = byName.get(key)
  if (known !== undefined) return known
  const found = table.sets.find((set) => set.name === value.slice(1))
  const compiled = !found || found.flags.includes('dynamic') ? null : compileList(found.elements, kinds, read)
  byName.set(key, compiled)
  return compiled
}

function compileList<T>(
  list: readonly NftValue[],
  kinds: readonly Kind[],
  read: ReadValue<T>,
): Elements<T> | null {
  const exact = new Map<string, T | null>()
  const rest: { readonly parts: readonly Part[]; readonly value: T | null }[] = []
  for (const item of list) {
    const pair = Array.isArray(item) && item.length === 2 ? (item as readonly NftValue[]) : null
    const keyValue = pair ? (pair[0] ?? null) : item
    const given = pair ? read(pair[1] ?? null) : null
    if (pair && given === null) return null
    const key = constantKey(keyValue, kinds)
    if (key !== null) {
      if (!exact.has(key)) exact.set(key, given)
      continue
    }
    const parts = compileElement(keyValue, kinds)
    if (parts === null) return null
    rest.push({ parts, value: given })
  }
  return {
    find: (run, data) => {
      const key = keyText(data)
      if (key === null && data.includes(null)) return { answer: no, value: null }
      if (key !== null) {
        const hit = exact.get(key)
        if (hit !== undefined) return { answer: yes, value: hit }
      } else if (exact.size > 0) return { answer: maybe, value: null }
      run.budget.left -= rest.length
      for (const element of rest) {
        const found = elementMatches(run, element.parts, data)
        if (found !== no) return { answer: found, value: element.value }
      }
      return { answer: no, value: null }
    },
  }
}

/** The key of an element that names single values only; such elements are found by hash. */
function constantKey(value: NftValue, kinds: readonly Kind[]): string | null {
  const inner = isMembers(value) && isMembers(value['elem']) ? (value['elem']['val'] ?? null) : value
  const concat = isMembers(inner) ? inner['concat'] : undefined
  const values = Array.isArray(concat) ? (concat as readonly NftValue[]) : [inner]
  if (values.length !== kinds.length) return null
  let text = ''
  for (let i = 0; i < values.length; i++) {
    const item = values[i] ?? null
    const kind = kinds[i] ?? 'number'
    if (kind === 'state') return null
    if (kind === 'address') {
      const address = typeof item === 'string' ? parseIp(item) : undefined
      if (address === undefined) return null
      text += `${String(address)} `
    } else if (kind === 'interface') {
      if (typeof item !== 'string' || item.endsWith('*')) return null
      text += `${item} `
    } else {
      const number = isMembers(item) || item === '*' ? null : numberFrom(item, kind)
      if (number === null) return null
      text += `${number} `
    }
  }
  return text
}
