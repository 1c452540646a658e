/** Policy routing and the forwarding table: net/core/fib_rules.c, net/ipv4/fib_rules.c, net/ipv4/fib_trie.c. */
import { contains } from '../../model/address/prefix.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { Refusal, Stage } from '../../model/path/path.ts'
import { spent } from '../run/budget.ts'
import type { CompiledHop, CompiledRoute, CompiledRule, Routing, Run } from '../compiled/fabric.ts'
import type { FlowKey } from '../compiled/flow-key.ts'
import type { PrefixTable } from '../compiled/prefix-table.ts'
import { recordRoutes, ruleMismatches } from './route-mismatches.ts'

export type Found =
  | {
      readonly kind: 'route'
      readonly rule: PolicyRule
      readonly route: CompiledRoute
      /** The next hops that can be used, as indexes. */
      readonly usable: readonly number[]
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly stage: Stage; readonly by: string }
  | { readonly kind: 'unknown'; readonly stage: Stage; readonly by: string; readonly because: string }

const first: readonly number[] = [0]

/** fib_lookup: the first rule whose table answers. `noted`: it is the packet's own look-up, which a recorder writes down. */
export function lookUp(run: Run, routing: Routing, key: FlowKey, noted = false): Found {
  const rules = routing.rules
  if (rules === null)
    return {
      kind: 'unknown',
      stage: 'rule',
      by: 'ip rule',
      because: 'the policy rules of the stack were not read',
    }
  if (!routing.known)
    return {
      kind: 'unknown',
      stage: 'route',
      by: 'ip route',
      because: 'the routes of the stack were not read',
    }
  if (routing.joined !== null) {
    const one = joinedLookUp(run, routing, routing.joined, rules, key, noted)
    if (routing.isJoined) return one
    const two = orderedLookUp(run, routing, rules, key, noted)
    const same =
      one.kind === 'route' && two.kind === 'route'
        ? one.route === two.route
        : one.kind === two.kind && one.kind !== 'route' && two.kind !== 'route' && one.by === two.by
    if (same) return one
    const by = rules[0]?.rule.line ?? 'ip rule'
    return run.suppose('rule', by, 'local and main are one table if no rule was ever added here') ? one : two
  }
  return orderedLookUp(run, routing, rules, key, noted)
}

/** While nobody has added a rule: the longest prefix of `local` and `main` together, then `default` (include/net/ip_fib.h, fib_lookup). */
function joinedLookUp(
  run: Run,
  routing: Routing,
  joined: PrefixTable<CompiledRoute>,
  rules: readonly CompiledRule[],
  key: FlowKey,
  noted: boolean,
): Found {
  const recorder = noted && run.recorder?.noting === true ? run.recorder : null
  recorder?.forgetLookUp()
  const found = tableLookUp(run, joined, key) ?? lookUpIn(run, routing.tables.get('default'), key)
  const taken = found?.kind === 'route' ? found.route : null
  for (const { rule, table } of rules) {
    if (rule.action.kind !== 'lookup') continue
    const name = rule.action.table
    recorder?.noteEvaluated('rule', '', rule.line, true, [])
    if (recorder && table !== null) recordRoutes(run, name, table, key, taken)
    if (found?.kind === 'route' && found.route.route.table === name) return { ...found, rule }
  }
  if (found !== null && found.kind !== 'route') return found
  return { kind: 'refused', refusal: 'no-route', stage: 'route', by: rules.at(-1)?.rule.line ?? 'ip rule' }
}

const lookUpIn = (
  run: Run,
  table: PrefixTable<CompiledRoute> | undefined,
  key: FlowKey,
): TableFound | null => (table === undefined ? null : tableLookUp(run, table, key))

function orderedLookUp(
  run: Run,
  routing: Routing,
  rules: readonly CompiledRule[],
  key: FlowKey,
  noted: boolean,
): Found {
  const recorder = noted && run.recorder?.noting === true ? run.recorder : null
  recorder?.forgetLookUp()
  const { budget } = run
  let last: PolicyRule | null = null
  for (let i = 0; i < rules.length; i++) {
    const compiled = rules[i] as CompiledRule
    const { rule } = compiled
    budget.left--
    if (run.isSpent('rule', rule.line))
      return { kind: 'unknown', stage: 'rule', by: rule.line, because: spent }
    if (!ruleMatches(run, rule, key)) {
      recorder?.noteEvaluated('rule', '', rule.line, false, ruleMismatches(rule, key))
      continue
    }
    recorder?.noteEvaluated('rule', '', rule.line, true, [])
    last = rule
    const { action } = rule
    switch (action.kind) {
      case 'nop':
        continue
      case 'goto':
        if (compiled.jump === null) continue
        i = compiled.jump - 1
        continue
      case 'blackhole':
      case 'unreachable':
      case 'prohibit':
        return { kind: 'refused', refusal: `rule-${action.kind}`, stage: 'rule', by: rule.line }
      case 'l3mdev':
        // Only for devices of a VRF, which the engine does not forward through.
        continue
      case 'not-understood':
        return { kind: 'unknown', stage: 'rule', by: rule.line, because: `not understood: ${action.what}` }
      case 'lookup': {
        if (routing.tablesRead?.has(action.table) === false)
          return {
            kind: 'unknown',
            stage: 'rule',
            by: rule.line,
            because: `the table ${action.table} was not read`,
          }
        if (compiled.table === null) continue
        const found = tableLookUp(run, compiled.table, key)
        if (recorder)
          recordRoutes(run, action.table, compiled.table, key, found?.kind === 'route' ? found.route : null)
        if (found === null) continue
        if (found.kind !== 'route') return found
        if (suppressed(rule, found.route, found.usable)) continue
        return { kind: 'route', rule, route: found.route, usable: found.usable }
      }
    }
  }
  return {
    kind: 'refused',
    refusal: 'no-route',
    stage: 'route',
    by: last === null ? 'no rule matches' : last.line,
  }
}

function suppressed(rule: PolicyRule, route: CompiledRoute, usable: readonly number[]): boolean {
  if (rule.suppressPrefixLength !== null && route.route.destination.length <= rule.suppressPrefixLength)
    return true
  if (rule.suppressGroup === null) return false
  const link = route.hops[usable[0] ?? 0]?.link
  return link?.link.group === rule.suppressGroup
}

/** fib_rule_match and fib4_rule_match. */
export function ruleMatches(run: Run, rule: PolicyRule, key: FlowKey): boolean {
  const plain = selectorsMatch(run, rule, key)
  return rule.not ? !plain : plain
}

function selectorsMatch(run: Run, rule: PolicyRule, key: FlowKey): boolean {
  if (rule.to !== null && !contains(rule.to, key.dst)) return false
  if (rule.from !== null && (key.src === null ? rule.from.length !== 0 : !contains(rule.from, key.src)))
    return false
  if (rule.iif !== null && (rule.iifDetached || rule.iif !== key.iif)) return false
  if (rule.oif !== null && (rule.oifDetached || rule.oif !== key.oif?.name)) return false
  if (rule.fwmark !== null && ((rule.fwmark.value ^ key.mark) & rule.fwmark.mask) !== 0) return false
  // Class selectors: the two low bits are ECN and no part of it.
  if (rule.tos !== null && rule.tos !== 0 && (rule.tos & 0xfc) !== (key.tos & 0xfc)) return false
  if (rule.ipProtocol !== null && rule.ipProtocol !== key.protocol) return false
  if (rule.sourcePort !== null && !run.portIn(key.sourcePort, rule.sourcePort.from, rule.sourcePort.to))
    return false
  if (
    rule.destinationPort !== null &&
    !run.portIn(key.destinationPort, rule.destinationPort.from, rule.destinationPort.to)
  )
    return false
  if (rule.uidRange !== null) {
    if (key.uid === null) {
      if (!run.suppose('rule', rule.line, 'the user that sends is not known')) return false
    } else if (key.uid < rule.uidRange.from || key.uid > rule.uidRange.to) return false
  }
  if (rule.notUnderstood.length > 0)
    return run.suppose('rule', rule.line, `not understood: ${rule.notUnderstood.join(' ')}`)
  return true
}

type TableFound =
  Exclude<Found, { kind: 'route' }> | { kind: 'route'; route: CompiledRoute; usable: readonly number[] }

/** fib_table_lookup: longest prefix, then TOS, then metric; what cannot be used gives way to the next. */
export function tableLookUp(run: Run, table: PrefixTable<CompiledRoute>, key: FlowKey): TableFound | null {
  for (let level = 0; level < table.levels.length; level++) {
    const bucket = table.at(level, key.dst)
    if (!bucket) continue
    for (const route of bucket) {
      run.budget.left--
      const { route: plain } = route
      if (plain.tos !== 0 && (plain.tos & 0xfc) !== (key.tos & 0xfc)) continue
      if (plain.from !== null && (key.src === null || !contains(plain.from, key.src))) continue
      switch (plain.type) {
        case 'throw':
          return null
        case 'blackhole':
        case 'unreachable':
        case 'prohibit':
          return { kind: 'refused', refusal: plain.type, stage: 'route', by: plain.line }
        case 'not-understood':
        case 'nat':
        case 'xresolve':
          return {
            kind: 'unknown',
            stage: 'route',
            by: plain.line,
            because: 'what this route does is not understood',
          }
        case 'unicast':
        case 'local':
        case 'broadcast':
        case 'anycast':
        case 'multicast': {
          const only = route.hops[0]
          if (route.hops.length === 1 && only && usable(only, key))
            return { kind: 'route', route, usable: first }
          if (route.hops.length === 0 && key.oif === null) return { kind: 'route', route, usable: [] }
          // Each is looked at here, and again by whoever asks whether one of them uses a device.
          run.budget.left -= 2 * route.hops.length
          const live = route.hops.flatMap((hop, index) => (usable(hop, key) ? [index] : []))
          if (live.length > 0) return { kind: 'route', route, usable: live }
        }
      }
    }
  }
  return null
}

function usable(hop: CompiledHop, key: FlowKey): boolean {
  if (hop.dead) return false
  if (key.oif !== null && hop.link !== key.oif) return false
  return !(hop.linkDown && !key.anyLinkState && hop.link?.settings.ignoreLinkDown === true)
}
