/** `nft add|insert|delete|replace|flush …` (nft(8)) → edits of a stack's tables. */
import type { Edit, NftPlace, StackEdit } from '../../model/fabric/edit.ts'
import type { NftChain, NftRule, NftTable } from '../../model/stack/nft.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { badCommand, badOption, badValue, lacking, notRead, notThere, thereAlready } from '../change-error.ts'
import { stackOf, withEdits, type World } from '../world.ts'
import { readNftRule } from './nft-rule.ts'
import { nftTokens } from './nft-tokens.ts'

const families = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] as const

interface Command {
  readonly verb: string
  readonly object: string
  readonly family: string
  readonly rest: readonly string[]
}

export function runNft(world: World, at: StackId, words: readonly string[]): World {
  const options = words.filter((word) => word.startsWith('-') && words.indexOf(word) === 0)
  const stray = options.find((word) => word !== '-e' && word !== '--echo')
  if (stray !== undefined) throw badOption(stray)
  const tokens = nftTokens(words.slice(options.length).join(' '))
  const command = readCommand(tokens)
  return withEdits(world, editsOf(command, world, at))
}

function readCommand(tokens: readonly string[]): Command {
  const [verb = '', object = '', ...after] = tokens
  if (verb === '') throw lacking('nft add, delete, flush')
  const family = families.find((one) => one === after[0])
  return { verb, object, family: family ?? 'ip', rest: family === undefined ? after : after.slice(1) }
}

function editsOf({ verb, object, family, rest }: Command, world: World, at: StackId): readonly Edit[] {
  const { nft } = stackOf(world, at)
  if (nft === null) throw notRead('nft', at)
  const [tableName = '', chainName = '', ...more] = rest
  const replaced = (before: NftTable | null, after: NftTable | null): readonly StackEdit[] => [
    { stack: at, kind: 'nft-table', before, after },
  ]
  const known = nft.find((table) => table.family === family && table.name === tableName)
  const there = (): NftTable => {
    if (tableName === '') throw lacking('TABLE')
    if (known === undefined) throw notThere(`table ${family} ${tableName}`, at)
    return known
  }
  const chainThere = (): NftChain => {
    const chain = there().chains.find(({ name }) => name === chainName)
    if (chain === undefined) throw notThere(`chain ${family} ${tableName} ${chainName}`, at)
    return chain
  }
  const withChains = (chains: readonly NftChain[]): readonly StackEdit[] =>
    replaced(there(), { ...there(), chains })
  switch (`${verb} ${object}`) {
    case 'flush ruleset':
      return nft.map((before) => ({ stack: at, kind: 'nft-table', before, after: null }))
    case 'add table':
    case 'create table': {
      nameOf(tableName)
      if (chainName !== '') throw badOption(chainName)
      if (known !== undefined) {
        if (verb === 'create') throw thereAlready(`table ${family} ${tableName}`, at)
        return []
      }
      const handle = 1 + Math.max(0, ...nft.map((table) => table.handle))
      return replaced(null, { family, name: tableName, handle, chains: [], sets: [] })
    }
    case 'delete table':
    case 'destroy table':
      return replaced(there(), null)
    case 'flush table':
      return withChains(there().chains.map((chain) => ({ ...chain, rules: [] })))
    case 'add chain':
    case 'create chain': {
      nameOf(chainName)
      if (there().chains.some(({ name }) => name === chainName)) {
        if (verb === 'create' || more.length > 0) throw thereAlready(`chain ${chainName}`, at)
        return []
      }
      return withChains([...there().chains, { name: chainName, base: baseOf(more), rules: [] }])
    }
    case 'delete chain':
    case 'destroy chain':
      chainThere()
      if (more.length > 0) throw badOption(more[0] ?? '')
      return withChains(there().chains.filter(({ name }) => name !== chainName))
    case 'flush chain':
      chainThere()
      return withChains(
        there().chains.map((chain) => (chain.name === chainName ? { ...chain, rules: [] } : chain)),
      )
    case 'add rule':
    case 'insert rule':
    case 'delete rule':
    case 'replace rule':
      return ruleEdits(verb, chainThere(), more, { stack: at, family, table: tableName, chain: chainName })
    default:
      throw badCommand(`nft ${verb} ${object}`)
  }
}

function nameOf(name: string): string {
  if (!/^[A-Za-z_/\\.][\w/\\.-]{0,127}$/.test(name)) throw badValue('nft', name)
  return name
}

function ruleEdits(
  verb: string,
  chain: NftChain,
  words: readonly string[],
  place: NftPlace & { readonly stack: StackId },
): readonly Edit[] {
  const [word = '', number = ''] = words
  const placed = ['handle', 'index', 'position'].includes(word)
  if (placed && !/^\d{1,9}$/.test(number)) throw badValue(word, number)
  const found = !placed
    ? -1
    : word === 'index'
      ? Number(number)
      : chain.rules.findIndex(({ handle }) => handle === Number(number))
  const before: NftRule | undefined = chain.rules[found]
  if (placed && before === undefined) throw notThere(`${chain.name} ${word} ${number}`, place.stack)
  if (verb === 'delete') {
    if (before === undefined || word !== 'handle' || words.length > 2) throw lacking('handle NUMBER')
    return [{ ...place, kind: 'nft-rule', index: found, before, after: null }]
  }
  const after = readNftRule(placed ? words.slice(2) : words, place.family)
  if (verb === 'replace') {
    if (before === undefined || word !== 'handle') throw lacking('handle NUMBER')
    return [{ ...place, kind: 'nft-rule', index: found, before, after }]
  }
  const index = verb === 'insert' ? Math.max(0, found) : found < 0 ? chain.rules.length : found + 1
  return [{ ...place, kind: 'nft-rule', index, before: null, after }]
}

/** Names of priorities (nft(8), "CHAINS"): of the families of IP. */
const priorities: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
}

/** `{ type filter hook forward priority filter ; policy drop ; }`; null: none, it is only jumped to. */
function baseOf(words: readonly string[]): NftChain['base'] {
  if (words.length === 0) return null
  const text = words.join(' ')
  const match =
    /^\{ type (filter|nat|route) hook (prerouting|input|forward|output|postrouting) priority (\w+|-?\d{1,6})(?: ([+-]) (\d{1,6}))? ;(?: policy (accept|drop) ;?)? \}$/.exec(
      text,
    )
  if (match === null) throw badOption(text)
  const [, type = '', hook = '', word = '', sign, offset] = match
  const base = /^-?\d+$/.test(word)
    ? Number(word)
    : Object.hasOwn(priorities, word)
      ? priorities[word]
      : undefined
  if (base === undefined) throw badValue('priority', word)
  const priority = base + (sign === undefined ? 0 : Number(`${sign}${offset ?? '0'}`))
  return { type, hook, priority, policy: match[6] ?? 'accept' }
}
