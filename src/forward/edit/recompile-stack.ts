/** A compiled stack after an edit: only the part that the edit touches is compiled, the rest is shared. */
import type { Family } from '../../model/address/address.ts'
import type { StackEdit } from '../../model/fabric/edit.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { compileLinks } from '../compile/links.ts'
import { compileRouting } from '../compile/routing.ts'
import { hooksFrom, partsOfStack, routingsOf, settingsOfStack, type StackParts } from '../compile/stack.ts'
import type { CompiledLink, CompiledStack, Replaced, Routing } from '../compiled/fabric.ts'
import type { Chain } from '../netfilter/compiled-chain.ts'
import { compileChain } from '../netfilter/compile-chain.ts'
import { changedSets, type HookTable } from '../netfilter/hooks.ts'
import { compileSets } from '../netfilter/ip-set.ts'
import { nftSteps } from '../netfilter/nft/nft.ts'
import { virtualAddressesOf } from '../routing/ipvs.ts'
import { withoutConnection } from '../run/connection.ts'
import { trackedConnections } from '../compile/tracking.ts'
import { editChain } from './edit-chain.ts'

type Parts = Replaced['parts']

export interface Recompiled {
  readonly stack: CompiledStack
  /** What stands in place of chains and sets, of earlier edits too. */
  readonly parts: Parts
}

/** @param stack the model's, after the edit */
export function recompileStack(
  compiled: CompiledStack,
  stack: NetworkStack,
  edit: StackEdit,
  parts: Parts,
): Recompiled {
  switch (edit.kind) {
    case 'route':
    case 'rule':
      return { stack: { ...compiled, stack, ...reroute(compiled, stack, edit) }, parts }
    case 'neighbour':
    case 'link':
    case 'sysctl':
      return { stack: relink(compiled, stack), parts }
    case 'iptables-rule':
    case 'iptables-chain':
      return refilter(compiled, stack, edit, parts)
    case 'nft-rule':
    case 'nft-table': {
      const own = partsOfStack(compiled)
      const fresh = eachFamily(own, (part, family) => ({ ...part, nft: nftSteps(stack, family) }))
      return { stack: { ...compiled, stack, ...hooksFrom(stack, fresh, currentIn(parts)) }, parts }
    }
    case 'set-member': {
      const { sets } = partsOfStack(compiled)[0]
      const fresh = compileSets(stack.sets, changedSets(stack)).get(edit.set)
      const before = sets.tests.get(edit.set)
      const more = fresh && before ? new Map(parts).set(before, fresh) : parts
      return { stack: { ...compiled, stack }, parts: more }
    }
    case 'conntrack':
      return { stack: { ...compiled, stack, connections: reconnect(compiled, stack, edit) }, parts }
  }
}

function reconnect(
  { connections }: CompiledStack,
  stack: NetworkStack,
  { before, after }: Extract<StackEdit, { readonly kind: 'conntrack' }>,
): CompiledStack['connections'] {
  return after === null && before !== null
    ? withoutConnection(connections, before)
    : trackedConnections(stack)
}

/** Of the family and the table that the edit is of. */
function reroute(
  { routing, routing6, links }: CompiledStack,
  stack: NetworkStack,
  edit: Extract<StackEdit, { readonly kind: 'route' | 'rule' }>,
): Partial<Pick<CompiledStack, 'routing' | 'routing6'>> {
  const kept = (tables: Routing['tables']): Routing['tables'] =>
    edit.kind === 'rule'
      ? tables
      : new Map([...tables].filter(([name]) => name !== edit.before?.table && name !== edit.after?.table))
  return (edit.before ?? edit.after)?.family === 6
    ? {
        routing6: compileRouting(
          stack.rules6,
          stack.routes6 ?? [],
          stack.routes6 !== null,
          links,
          6,
          kept(routing6.tables),
        ),
      }
    : {
        routing: compileRouting(
          stack.rules,
          stack.routes,
          routing.known,
          links,
          4,
          kept(routing.tables),
          stack.isOneTable,
          routing.tablesRead,
        ),
      }
}

/** New interfaces on the wires of the old ones, and routes that lead to them. */
function relink(before: CompiledStack, stack: NetworkStack): CompiledStack {
  const compiled = {
    ...before,
    stack,
    ...settingsOfStack(stack),
    virtualAddresses: virtualAddressesOf(stack),
  } as { -readonly [K in keyof CompiledStack]: CompiledStack[K] }
  const links = compileLinks(stack, compiled)
  for (const [name, link] of links) {
    const old: CompiledLink | undefined = before.links.get(name)
    link.peer = old?.peer ?? null
    link.vpc = old?.vpc ?? null
  }
  compiled.links = links
  compiled.loopback = [...links.values()].find((link) => link.loopback) ?? null
  return Object.assign(compiled, routingsOf(stack, compiled))
}

const currentIn =
  (parts: Parts) =>
  (chain: Chain): Chain =>
    (parts.get(chain) as Chain | undefined) ?? chain

const eachFamily = (
  parts: StackParts,
  change: (part: StackParts[0], family: Family) => StackParts[0],
): StackParts => [change(parts[0], 4), change(parts[1], 6)]

type ChainEdit = Extract<StackEdit, { readonly kind: 'iptables-rule' | 'iptables-chain' }>

function refilter(compiled: CompiledStack, stack: NetworkStack, edit: ChainEdit, parts: Parts): Recompiled {
  const own = partsOfStack(compiled)
  const part = own[edit.family === 4 ? 0 : 1]
  const isOfEdit = ({ backend, name }: HookTable): boolean => backend === edit.backend && name === edit.table
  const table = part.tables.find(isOfEdit)
  const model = (edit.family === 4 ? stack.iptables : stack.ip6tables)
    ?.find(({ backend }) => backend === edit.backend)
    ?.tables.find(({ name }) => name === edit.table)
  if (table === undefined || model === undefined) return { stack: { ...compiled, stack }, parts }
  const chain = table.chains.get(edit.chain)
  const now = model.chains.find(({ name }) => name === edit.chain)
  const more = new Map(parts)
  let tables = part.tables
  if (chain === undefined && now !== undefined) {
    // A chain of its own: nothing pointed to it before.
    const made = compileChain(now, model.name, {
      family: edit.family,
      sets: part.sets,
      chains: table.chains,
    })
    tables = part.tables.map((one) =>
      isOfEdit(one) ? { ...one, chains: new Map([...one.chains, [made.name, made]]) } : one,
    )
  } else if (chain !== undefined) {
    const context = { family: edit.family, sets: part.sets, chains: table.chains }
    const current = currentIn(parts)(chain)
    more.set(
      chain,
      now === undefined
        ? { ...current, rules: [], others: [], byDestination: null, patch: null, policy: null }
        : edit.kind === 'iptables-rule'
          ? editChain(current, edit, now.rules, context)
          : edit.before !== null && edit.before.rules === now.rules
            ? { ...current, policy: now.policy, line: now.line }
            : compileChain(now, model.name, context),
    )
  }
  const changed = eachFamily(own, (one, family) => (family === edit.family ? { ...one, tables } : one))
  return { stack: { ...compiled, stack, ...hooksFrom(stack, changed, currentIn(more)) }, parts: more }
}
