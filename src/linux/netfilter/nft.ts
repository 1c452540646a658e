/** `nft -j list ruleset` (nftables 0.9 and later; libnftables-json(5)). */
import { parseJson } from '../../edge/json.ts'
import type { NftChain, NftRule, NftSet, NftTable, NftValue } from '../../model/stack/nft.ts'
import type { Counter } from '../../model/stack/ruleset.ts'
import { formatNftRule } from './nft-line.ts'
import { excerpt, Problems, type Reading } from '../reading.ts'
import { isRow, numberOf, textOf, textsOf, type Row } from '../record.ts'

/** Deeper than any ruleset nests; hostile input may nest more. */
const deepest = 64

function valueOf(value: unknown, depth: number): NftValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (depth > deepest) return null
  if (Array.isArray(value)) return value.map((item) => valueOf(item, depth + 1))
  if (isRow(value)) {
    const entries = Object.entries(value).map(([key, item]): [string, NftValue] => [
      key,
      valueOf(item, depth + 1),
    ])
    return Object.fromEntries(entries)
  }
  return null
}

interface OpenTable {
  readonly family: string
  readonly name: string
  readonly handle: number
  readonly flags?: readonly string[]
  readonly chains: Map<string, NftChain & { readonly rules: NftRule[] }>
  readonly sets: NftSet[]
}

export function readNft(json: string): Reading<NftTable> {
  const problems = new Problems()
  const said = parseJson(json.trim() === '' ? '{"nftables": []}' : json)
  if ('problem' in said) return { value: [], problems: [`line ${said.line}: ${said.problem}`] }
  const list = isRow(said.value) ? said.value['nftables'] : undefined
  if (!Array.isArray(list)) return { value: [], problems: ['no "nftables" array'] }
  const tables = new Map<string, OpenTable>()
  const key = (row: Row, name: string): string => `${textOf(row, 'family') ?? ''} ${textOf(row, name) ?? ''}`
  for (const item of list as unknown[]) {
    if (!isRow(item)) continue
    for (const [kind, row] of Object.entries(item)) {
      if (!isRow(row)) continue
      const table = tables.get(key(row, 'table'))
      switch (kind) {
        case 'metainfo':
          break
        case 'table':
          tables.set(key(row, 'name'), {
            family: textOf(row, 'family') ?? '',
            name: textOf(row, 'name') ?? '',
            handle: numberOf(row, 'handle') ?? 0,
            ...(row['flags'] === undefined ? {} : { flags: oneOrMore(row['flags']) }),
            chains: new Map(),
            sets: [],
          })
          break
        case 'chain':
          if (table) addChain(table, row)
          break
        case 'rule': {
          const chain = table?.chains.get(textOf(row, 'chain') ?? '')
          if (chain) chain.rules.push(ruleOf(row))
          else problems.add(`a rule of no chain: ${excerpt(JSON.stringify(row))}`)
          break
        }
        case 'set':
        case 'map':
          table?.sets.push(setOf(kind, row))
          break
        // They count, limit or help; a rule that uses one says so in its expressions.
        case 'counter':
        case 'quota':
        case 'limit':
        case 'ct helper':
        case 'ct timeout':
        case 'ct expectation':
        case 'flowtable':
        case 'secmark':
        case 'synproxy':
        case 'element':
          break
        default:
          problems.add(`not understood: ${excerpt(kind)}`)
      }
    }
  }
  return {
    value: [...tables.values()].map((table) => ({ ...table, chains: [...table.chains.values()] })),
    problems: problems.list(),
  }
}

/** nft prints one of them by itself. What is no text is no name, but there. */
const oneOrMore = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) =>
    typeof item === 'string' ? item : JSON.stringify(item),
  )

function addChain(table: OpenTable, row: Row): void {
  const name = textOf(row, 'name') ?? ''
  const hook = textOf(row, 'hook')
  table.chains.set(name, {
    name,
    base:
      hook === undefined
        ? null
        : {
            type: textOf(row, 'type') ?? 'filter',
            hook,
            priority: numberOf(row, 'prio') ?? 0,
            policy: textOf(row, 'policy') ?? 'accept',
            ...(row['dev'] === undefined ? {} : { devices: oneOrMore(row['dev']) }),
          },
    rules: [],
  })
}

function ruleOf(row: Row): NftRule {
  const list = row['expr']
  const expressions = Array.isArray(list) ? list.map((item) => valueOf(item, 0)) : []
  const comment = textOf(row, 'comment')
  const line = formatNftRule(expressions)
  return {
    handle: numberOf(row, 'handle') ?? 0,
    expressions,
    counter: counterOf(expressions),
    line: comment === undefined ? line : `${line} comment "${comment}"`,
  }
}

/** `{"counter": {"packets": 12, "bytes": 840}}` */
function counterOf(expressions: readonly NftValue[]): Counter | null {
  for (const expression of expressions) {
    if (typeof expression !== 'object' || expression === null || !('counter' in expression)) continue
    const { counter } = expression
    if (typeof counter !== 'object' || counter === null || !('packets' in counter)) continue
    const { packets, bytes } = counter
    if (typeof packets === 'number' && typeof bytes === 'number') return { packets, octets: bytes }
  }
  return null
}

function setOf(kind: 'set' | 'map', row: Row): NftSet {
  const elements = row['elem']
  return {
    name: textOf(row, 'name') ?? '',
    kind,
    type: valueOf(row['type'], 0),
    maps: valueOf(row['map'] ?? null, 0),
    flags: textsOf(row, 'flags'),
    elements: Array.isArray(elements) ? elements.map((item) => valueOf(item, 0)) : [],
  }
}
