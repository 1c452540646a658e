/**
 * iptables rules as data, in the words of `iptables-save`. One form serves both readers of an intent:
 * the lab restores it, diagnosis compares it with what a node printed.
 */

export type TableName = 'raw' | 'mangle' | 'filter' | 'nat'
export type IptablesBackend = 'legacy' | 'nft'

/** A chain declaration. `policy` is null for a user-defined chain, which has none. */
export interface IptablesChain {
  readonly name: string
  readonly policy: 'ACCEPT' | 'DROP' | null
}

/** A table as `iptables-save` prints it: chains, then rules, each rule the whole line (`-A CHAIN …`). */
export interface IptablesTable {
  readonly table: TableName
  readonly chains: readonly IptablesChain[]
  readonly rules: readonly string[]
}

/** What one program contributes to a table. Programs share the built-in chains, so order is part of it. */
export interface IptablesPart {
  readonly table: TableName
  /** User-defined chains, and built-in ones only where the part sets a policy. */
  readonly chains: readonly IptablesChain[]
  /** Rules the program puts at the head of a chain (kube-proxy's jumps), in the order they then print. */
  readonly prepended: readonly string[]
  /** Rules the program appends. */
  readonly rules: readonly string[]
}

/** The built-in chains of each table, in the order the kernel lists them (net/ipv4/netfilter/iptable_*.c). */
const builtinChains: Readonly<Record<TableName, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
}

/** The order of creation on a node: aws-node writes mangle first, then kube-proxy filter and nat. */
const creationOrder: readonly TableName[] = ['raw', 'mangle', 'filter', 'nat']

export const userChain = (name: string): IptablesChain => ({ name, policy: null })

/** `PREROUTING` of `-A PREROUTING -i eni+ …`; throws on a line of ours that is no rule. */
function chainOf(rule: string): string {
  const name = /^-A (\S+)/.exec(rule)?.[1]
  if (name === undefined) throw new Error(`not an iptables rule: ${rule}`)
  return name
}

/**
 * Several programs' parts as the tables that stand on the node at the end, in the order `iptables-save`
 * prints: built-in chains first, user-defined chains by name, rules grouped by chain. Within a chain the
 * prepended rules of the last part come first (each program pushes the earlier ones down), then all
 * appended rules in order of parts.
 */
export function mergeTables(...parts: readonly IptablesPart[]): readonly IptablesTable[] {
  const names = creationOrder.filter((table) => parts.some((part) => part.table === table))
  return names.map((table) =>
    mergeTable(
      table,
      parts.filter((part) => part.table === table),
    ),
  )
}

function mergeTable(table: TableName, parts: readonly IptablesPart[]): IptablesTable {
  const builtin = builtinChains[table]
  const declared = new Map<string, IptablesChain>(
    builtin.map((name) => [name, { name, policy: 'ACCEPT' } satisfies IptablesChain]),
  )
  for (const chain of parts.flatMap((part) => part.chains)) declared.set(chain.name, chain)
  const own = [...declared.keys()].filter((name) => !builtin.includes(name)).sort(byCodePoint)
  const order = [...builtin, ...own]

  const byChain = new Map<string, string[]>(order.map((name) => [name, []]))
  const rules = [
    ...parts.toReversed().flatMap((part) => part.prepended),
    ...parts.flatMap((part) => part.rules),
  ]
  for (const rule of rules) {
    const chain = byChain.get(chainOf(rule))
    if (!chain) throw new Error(`the ${table} table has no chain for the rule: ${rule}`)
    chain.push(rule)
  }
  return {
    table,
    chains: order.flatMap((name) => declared.get(name) ?? []),
    rules: [...byChain.values()].flat(),
  }
}

/** One input for `iptables-restore` (either backend) that makes exactly these tables. */
export function renderRestore(tables: readonly IptablesTable[]): string {
  return tables
    .flatMap(({ table, chains, rules }) => [
      `*${table}`,
      ...chains.map(({ name, policy }) => `:${name} ${policy ?? '-'} [0:0]`),
      ...rules,
      'COMMIT',
      '',
    ])
    .join('\n')
}

/**
 * The lines `iptables-save` prints for these tables once restored, comments, counters and blank lines aside: nf_tables
 * lists tables in order of creation, the legacy backend the youngest first.
 */
export const printSave = (tables: readonly IptablesTable[], backend: IptablesBackend): readonly string[] =>
  (backend === 'legacy' ? tables.toReversed() : tables).flatMap(({ table, chains, rules }) => [
    `*${table}`,
    ...chains.map(({ name, policy }) => `:${name} ${policy ?? '-'}`),
    ...rules,
    'COMMIT',
  ])

/** By code point, as both backends sort user-defined chains; never by the reader's locale. */
const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
