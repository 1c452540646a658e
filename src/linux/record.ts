import { parseJson } from '../edge/json.ts'
import { clean, Problems, type Reading } from './reading.ts'

/** A JSON object from outside: nothing is known about its members. */
export type Row = Readonly<Record<string, unknown>>

export const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const textOf = (row: Row, key: string): string | undefined => {
  const value = Object.hasOwn(row, key) ? row[key] : undefined
  if (typeof value === 'string') return clean(value)
  return typeof value === 'number' ? String(value) : undefined
}

/** A whole number that JavaScript holds exactly; text of digits (iproute2 prints some numbers so) counts. */
export const numberOf = (row: Row, key: string): number | undefined => {
  const value = Object.hasOwn(row, key) ? row[key] : undefined
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  if (/^\d{1,15}$/.test(value)) return Number(value)
  return /^0x[0-9a-fA-F]{1,8}$/.test(value) ? Number(value) : undefined
}

/** iproute2 prints a flag as a member whose value is null. */
export const has = (row: Row, key: string): boolean => Object.hasOwn(row, key)

export const rowsOf = (row: Row, key: string): readonly Row[] => {
  const value = Object.hasOwn(row, key) ? row[key] : undefined
  return Array.isArray(value) ? value.filter(isRow) : []
}

export const textsOf = (row: Row, key: string): readonly string[] => {
  const value = Object.hasOwn(row, key) ? row[key] : undefined
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string').map((item) => clean(item))
    : []
}

/**
 * Reads a JSON array of objects, one at a time; `read` says why an object cannot be used, or tells `problem` what of one
 * that can is wrong. Never throws.
 */
export function readRows<T>(
  text: string,
  read: (row: Row, problem: (what: string) => void) => T | string | undefined,
): Reading<T> {
  const problems = new Problems()
  // iproute2 prints nothing at all, or `[ ]`, or `[{},{…}]` when there is little to say.
  const said = parseJson(text.trim() === '' ? '[]' : text)
  if ('problem' in said) return { value: [], problems: [`line ${said.line}: ${said.problem}`] }
  const parsed = said.value
  if (!Array.isArray(parsed)) return { value: [], problems: ['not a JSON array'] }
  const value: T[] = []
  parsed.forEach((row: unknown, index) => {
    if (!isRow(row)) return problems.add(`element ${index} is not an object`)
    if (Object.keys(row).length === 0) return
    const item = read(row, (what) => problems.add(`element ${index}: ${what}`))
    if (typeof item === 'string') problems.add(`element ${index}: ${item}`)
    else if (item !== undefined) value.push(item)
  })
  return { value, problems: problems.list() }
}
