/** Who is asked at the five hooks of a family, in the order of their priorities (linux/netfilter_ipv4.h). */
import type { Family } from '../../model/address/address.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Hook, HookName, HookStep, Run, StackHooks } from '../compiled/fabric.ts'
import { doesSomething, runBuiltIn } from './chain.ts'
import { compileTable } from './compile-chain.ts'
import type { Chain } from './compiled-chain.ts'
import { compileSets } from './ip-set.ts'
import { setUp, translate, type Manip } from './nat.ts'
import type { StackSets } from './match.ts'
import { nftSteps } from './nft/nft.ts'
import { isDormant } from './nft/nft-table.ts'
import { stop } from './stop.ts'
import { goOn, stopped, type Verdict } from './verdict.ts'

export const hookNames: readonly HookName[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']

const priorities: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 }
const chainNames: Readonly<Record<HookName, string>> = {
  prerouting: 'PREROUTING',
  input: 'INPUT',
  forward: 'FORWARD',
  output: 'OUTPUT',
  postrouting: 'POSTROUTING',
}

/** At which end NAT rewrites at a hook, and when. */
const natAt: Readonly<Partial<Record<HookName, { readonly manip: Manip; readonly priority: number }>>> = {
  prerouting: { manip: 'destination', priority: -100 },
  input: { manip: 'source', priority: 100 },
  output: { manip: 'destination', priority: -100 },
  postrouting: { manip: 'source', priority: 100 },
}

const conntrackStep: HookStep = {
  priority: -200,
  label: 'conntrack',
  kind: 'conntrack',
  ask: (run) => {
    run.track()
    return goOn
  },
}

/** Which sets rules add to or delete from: their members cannot be known. */
export function changedSets(stack: NetworkStack): ReadonlySet<string> {
  const changed = new Set<string>()
  for (const ruleset of [...(stack.iptables ?? []), ...(stack.ip6tables ?? [])])
    for (const table of ruleset.tables)
      for (const chain of table.chains)
        for (const rule of chain.rules)
          if (rule.target?.name === 'SET')
            for (const option of rule.target.options)
              if (option.name !== '--map-set' && option.values[0] !== undefined) changed.add(option.values[0])
  return changed
}

/** One table of iptables, compiled. */
export interface HookTable {
  readonly backend: string
  readonly name: string
  readonly chains: ReadonlyMap<string, Chain>
}

/** What the hooks of a family are put together from. */
export interface HookParts {
  readonly sets: StackSets
  readonly tables: readonly HookTable[]
  readonly nft: ReturnType<typeof nftSteps>
}

/** The parts of both families' hooks: the work is here. Each chain is compiled with the sets as they stand. */
export function compileHookParts(stack: NetworkStack): readonly [HookParts, HookParts] {
  const sets: StackSets = { tests: compileSets(stack.sets, changedSets(stack)), known: stack.sets !== null }
  const parts = (family: Family): HookParts => ({
    sets,
    tables: (rulesetsOf(stack, family) ?? []).flatMap(({ backend, tables }) =>
      tables.map((table) => ({ backend, name: table.name, chains: compileTable(table, sets, family) })),
    ),
    nft: nftSteps(stack, family),
  })
  return [parts(4), parts(6)]
}

const rulesetsOf = (stack: NetworkStack, family: Family): NetworkStack['iptables'] =>
  family === 4 ? stack.iptables : stack.ip6tables

/** The five hooks from their parts. `current`: a chain as edits left it, which tells whether it does anything. */
export function hooksOf(
  stack: NetworkStack,
  family: Family,
  parts: HookParts,
  current: (chain: Chain) => Chain = (chain) => chain,
): StackHooks {
  const steps: Record<HookName, HookStep[]> = {
    prerouting: [],
    input: [],
    forward: [],
    output: [],
    postrouting: [],
  }
  const rulesets = rulesetsOf(stack, family)
  for (const table of parts.tables)
    for (const name of hookNames) {
      const chain = table.chains.get(chainNames[name])
      if (chain && doesSomething(current(chain)))
        steps[name].push(iptablesStep(chain, name, table.name, table.backend))
    }
  for (const table of family === 4 ? (stack.filtersUnread ?? []) : [])
    for (const name of hookNames) if (hasChain(table, name)) steps[name].push(unreadStep(table, name))
  for (const { hook, step } of parts.nft) steps[hook].push(step)
  // A table without rules has its hooks all the same: what was translated before stays translated.
  const anyNat =
    hookNames.some((name) => steps[name].some((step) => step.kind === 'nat')) ||
    (rulesets ?? []).some((ruleset) => ruleset.tables.some((table) => table.name === 'nat')) ||
    (stack.nft ?? []).some(
      (table) =>
        !isDormant(table) &&
        (table.family === 'inet' || table.family === (family === 4 ? 'ip' : 'ip6')) &&
        table.chains.some((chain) => chain.base?.type === 'nat'),
    )
  const hooks = Object.fromEntries(
    hookNames.map((name) => [name, hookOf(name, steps[name], anyNat)]),
  ) as Record<HookName, Hook>
  return { ...hooks, missing: rulesets === null ? (family === 4 ? 'iptables-save' : 'ip6tables-save') : null }
}

/** Where the built-in chains of each table are (net/ipv4/netfilter/iptable_*.c). */
const hasChain = (table: string, hook: HookName): boolean =>
  table === 'mangle' ||
  (table === 'raw'
    ? hook === 'prerouting' || hook === 'output'
    : table === 'nat'
      ? hook !== 'forward'
      : hook === 'input' || hook === 'forward' || hook === 'output')

/** A table that nobody listed: it may hold nothing, or anything. */
function unreadStep(table: string, hook: HookName): HookStep {
  const by = `iptables -t ${table} -S ${chainNames[hook]}`
  const ask = (run: Run): Verdict =>
    run.suppose(table === 'nat' ? 'nat' : 'filter', by, 'the table was not read')
      ? stop(run, 'unknown', table === 'nat' ? 'nat' : 'filter', by, 'the table was not read')
      : goOn
  return {
    priority: table === 'nat' ? (natAt[hook]?.priority ?? 0) : (priorities[table] ?? 0),
    label: by,
    kind: table === 'nat' ? 'nat' : table === 'mangle' && hook === 'output' ? 'route' : 'filter',
    ask,
  }
}

function iptablesStep(chain: Chain, hook: HookName, table: string, backend: string): HookStep {
  const ask = (run: Run): Verdict => runBuiltIn(run, chain)
  const label = `iptables-${backend} ${table} ${chain.name}`
  if (table === 'nat') return { priority: natAt[hook]?.priority ?? 0, label, kind: 'nat', ask }
  return {
    priority: priorities[table] ?? 0,
    label,
    kind: table === 'mangle' && hook === 'output' ? 'route' : 'filter',
    ask,
  }
}

function hookOf(name: HookName, steps: readonly HookStep[], anyNat: boolean): Hook {
  const plain = steps.filter((step) => step.kind !== 'nat')
  const all = [...plain]
  if (name === 'prerouting' || name === 'output') all.push(conntrackStep)
  const nat = natAt[name]
  if (nat && anyNat) {
    const entries = grouped(steps.filter((step) => step.kind === 'nat'))
    all.push({
      priority: nat.priority,
      label: 'nat',
      kind: 'nat',
      ask: (run) => runNat(run, nat.manip, entries),
    })
  }
  return { groups: grouped(all) }
}

/** By priority; stable, and equal priorities in one group. */
function grouped(steps: readonly HookStep[]): readonly (readonly HookStep[])[] {
  const sorted = [...steps].sort((a, b) => a.priority - b.priority)
  const groups: HookStep[][] = []
  for (const step of sorted) {
    const last = groups.at(-1)
    // Built-in steps are alone at their priority: conntrack and NAT are registered before anything else can be.
    if (last?.[0]?.priority === step.priority && step.kind !== 'conntrack' && last[0].kind !== 'conntrack')
      last.push(step)
    else groups.push([step])
  }
  return groups
}

/** nf_nat_inet_fn: the chains are asked for the first packet, until one of them has fixed a translation. */
function runNat(run: Run, manip: Manip, entries: readonly (readonly HookStep[])[]): Verdict {
  const { connection } = run
  if (connection === null) return goOn
  if (run.tracking === 'new' && !(manip === 'source' ? connection.sourceDone : connection.destinationDone)) {
    run.natManip = manip
    const verdict = inOrder(run, entries, () =>
      manip === 'source' ? connection.sourceDone : connection.destinationDone,
    )
    if (verdict === stopped) return stopped
    if (!(manip === 'source' ? connection.sourceDone : connection.destinationDone))
      setUp(run, connection, manip, null, '')
  }
  translate(run, connection, manip)
  return goOn
}

/** Asks every step in order; an accept ends one step, not the hook. */
function inOrder(run: Run, groups: readonly (readonly HookStep[])[], done: () => boolean): Verdict {
  const { careful } = run.choices
  for (const group of groups) {
    const steps = group.length > 1 ? ordered(run, group) : group
    for (const step of steps) {
      if (careful) {
        if (run.hasMet(step.label, steps === group ? '' : 'swapped')) return stopped
        run.place.push(step.label)
      }
      const verdict = step.ask(run)
      if (careful) run.place.pop()
      if (verdict === stopped) return stopped
      if (done()) return goOn
    }
  }
  return goOn
}

/**
 * Steps of equal priority run in the order of their registration, the last one first (nf_hook_entries_grow),
 * and nothing prints that order: both are tried.
 */
function ordered(run: Run, group: readonly HookStep[]): readonly HookStep[] {
  const names = group.map((step) => step.label).join(' and ')
  const swapped = run.suppose(
    group.some((step) => step.kind === 'nat') ? 'nat' : 'filter',
    names,
    `they hook at the same priority (${group[0]?.priority ?? 0}); which was registered first is not known`,
  )
  return swapped ? [...group].reverse() : group
}

/**
 * Asks a hook. `changed` is called after a step that may have changed what routing depends on (OUTPUT only).
 */
export function runHook(
  run: Run,
  hooks: StackHooks,
  name: HookName,
  changed: ((kind: HookStep['kind']) => boolean) | null,
): boolean {
  if (
    hooks.missing !== null &&
    run.suppose('filter', hooks.missing, 'the rules of the stack were not read')
  ) {
    stop(run, 'unknown', 'filter', hooks.missing, 'the rules of the stack were not read')
    return false
  }
  const { careful } = run.choices
  const { groups } = hooks[name]
  for (let index = 0; index < groups.length; index++) {
    const group = groups[index] as readonly HookStep[]
    const steps = group.length > 1 ? ordered(run, group) : group
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at] as HookStep
      if (careful) {
        run.place.length = 0
        run.place.push(name, index, at, steps === group ? '' : 'swapped')
        if (run.hasMet()) return false
      }
      if (step.ask(run) === stopped) return false
      if (changed !== null && (step.kind === 'route' || step.kind === 'nat') && !changed(step.kind))
        return false
    }
  }
  // nf_confirm, the last of all.
  if (run.connection !== null && (name === 'postrouting' || name === 'input')) run.connection.confirmed = true
  return true
}
