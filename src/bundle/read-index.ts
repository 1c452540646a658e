import { tooMuch } from '../edge/budget.ts'
import { isClean } from '../edge/clean.ts'
import { lineOfPath } from '../edge/json-line.ts'
import { parseJson } from '../edge/json.ts'
import type { Gap } from '../model/result/result.ts'
import { BundleError, indexFile, isInside } from './bundle.ts'
import type { BundleIndex, BundleStack, BundleWire } from './bundle.ts'

/** Network stacks of one snapshot: EKS runs some thousands of nodes, and a node some hundreds of pods; one records a part. */
const mostStacks = 20_000

type Path = readonly (string | number)[]

/** A misfit in bundle.json, found on the way; becomes a BundleError with its line. */
class Misfit extends Error {
  readonly path: Path
  constructor(path: Path, message: string) {
    super(message)
    this.path = path
  }
}

/** bundle.json → the index. Throws a BundleError that names the line. Keys that we do not know are left alone. */
export function readIndex(text: string): BundleIndex {
  const parsed = parseJson(text)
  if ('problem' in parsed)
    throw new BundleError('bad-index', indexFile, `line ${parsed.line}: ${parsed.problem}`)
  try {
    return indexOf(parsed.value)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    const line = lineOfPath(text, error.path)
    throw new BundleError('bad-index', indexFile, `line ${line}: ${error.message}`)
  }
}

function indexOf(value: unknown): BundleIndex {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misfit([], 'not an object: is it a bundle?')
  const row = value as Readonly<Record<string, unknown>>
  if (row['version'] !== 1)
    throw new Misfit(
      ['version'],
      `version ${JSON.stringify(row['version'])} is not 1: another podpath wrote it`,
    )
  const listed = array(row, 'stacks')
  if (listed.length > mostStacks) throw new Misfit(['stacks'], tooMuch('it', 'stacks', mostStacks))
  const stacks = listed.map(stackOf)
  const seen = new Set<string>()
  const homes = new Map<string, string>()
  stacks.forEach(({ id, dir }, i) => {
    if (seen.has(id)) throw new Misfit(['stacks', i, 'id'], `the stack ${JSON.stringify(id)} is named twice`)
    seen.add(id)
    // Few files that are the tables of very many stacks would be read as often.
    const other = homes.get(dir)
    if (other !== undefined)
      throw new Misfit(['stacks', i, 'dir'], `the directory of ${id} is that of ${other} as well`)
    homes.set(dir, id)
  })
  return {
    version: 1,
    created: typeof row['created'] === 'string' ? row['created'] : '',
    ...(typeof row['source'] === 'string' ? { source: row['source'] } : {}),
    stacks,
    wires: (row['wires'] === undefined ? [] : array(row, 'wires')).map(wireOf),
    gaps: Array.isArray(row['gaps']) ? row['gaps'].filter(isGap) : [],
  }
}

function array(row: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = row[key]
  if (Array.isArray(value)) return value
  throw new Misfit([key], `${key} is not a list`)
}

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined

function stackOf(value: unknown, i: number): BundleStack {
  const id = field(value, 'id')
  const dir = field(value, 'dir')
  if (!isStackId(id)) throw new Misfit(['stacks', i, 'id'], `stack ${i + 1} has no usable id`)
  const path = typeof dir === 'string' ? dir.replace(/\/+$/, '') : ''
  if (!isInside(path))
    throw new Misfit(
      ['stacks', i, 'dir'],
      `the directory of ${id} is not one inside the bundle: ${JSON.stringify(dir)}`,
    )
  const derived = field(value, 'derived')
  return { id, dir: path, ...(typeof derived === 'string' ? { derived } : {}) }
}

function wireOf(value: unknown, i: number): BundleWire {
  const end = (key: 'a' | 'b'): readonly [string, string] => {
    const pair = field(value, key)
    const [stack, name] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : []
    if (isStackId(stack) && isStackId(name)) return [stack, name]
    throw new Misfit(['wires', i, key], `end ${key} of wire ${i + 1} is not a pair [STACK, INTERFACE]`)
  }
  return { a: end('a'), b: end('b') }
}

/** Ids end up in reports and on terminals: one line of visible characters. */
const isStackId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 512 && isClean(value)

const isGap = (value: unknown): value is Gap =>
  ['at', 'what', 'because'].every((key) => typeof field(value, key) === 'string')
