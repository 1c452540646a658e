/** `ip rule add|del …` (ip-rule(8)). */
import type { Family } from '../../model/address/address.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { readRulesText } from '../../linux/ip/rule.ts'
import { badCommand, badOption, badValue, lacking, notRead, notThere, thereAlready } from '../change-error.ts'
import type { Verb } from './ip-verb.ts'
import { tableName } from './ip-route.ts'

export function ruleEdits(
  stack: NetworkStack,
  family: Family,
  verb: Verb,
  words: readonly string[],
): readonly Edit[] {
  const list = family === 6 ? stack.rules6 : stack.rules
  if (list === null || list === undefined) throw notRead('ip rule', stack.id)
  const edit = (before: PolicyRule | null, after: PolicyRule | null): Edit => ({
    stack: stack.id,
    kind: 'rule',
    before,
    after,
  })
  if (verb === 'flush' && words.length === 0)
    // Everything but the rule of priority 0.
    return list.filter(({ priority }) => priority !== 0).map((before) => edit(before, null))
  const typed = readTyped(words, family)
  if (verb === 'delete') {
    const before = list.find((rule) => isMeant(rule, typed))
    if (before === undefined) throw notThere(words.join(' '), stack.id)
    return [edit(before, null)]
  }
  if (verb !== 'add') throw badCommand(`ip rule ${verb}`)
  const after: PolicyRule =
    typed.priority === null ? withPriority(typed.rule, freePriority(list)) : typed.rule
  if (after.action.kind === 'not-understood') throw lacking('lookup TABLE')
  if (list.some((rule) => sameRule(rule, after))) throw thereAlready(after.line, stack.id)
  return [edit(null, after)]
}

interface Typed {
  readonly rule: PolicyRule
  /** Null: it was not said. */
  readonly priority: number | null
  readonly hasAction: boolean
}

function readTyped(words: readonly string[], family: Family): Typed {
  let priority: number | null = null
  const rest: string[] = []
  // As it is printed: last.
  const action: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (['pref', 'preference', 'priority', 'order'].includes(word)) {
      const text = words[++i] ?? ''
      if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff) throw badValue(word, text)
      priority = Number(text)
    } else if (word === 'table' || word === 'lookup') {
      action.push('lookup', tableName(words[++i] ?? '') ?? '')
    } else if (word === 'type') continue
    else if (['prohibit', 'blackhole', 'unreachable', 'nop'].includes(word)) action.push(word)
    else rest.push(word)
  }
  if (!rest.includes('from')) rest.unshift('from', 'all')
  const text = `${priority ?? 0}: ${[...rest, ...action].join(' ')}`
  const [rule] = readRulesText(text, family).value
  if (rule === undefined) throw badValue('ip rule', words.join(' '))
  const [unknown] = rule.notUnderstood
  if (unknown !== undefined) throw badOption(unknown)
  return { rule, priority, hasAction: rule.action.kind !== 'not-understood' }
}

/** fib_default_rule_pref: one before the first rule behind the one of priority 0. */
function freePriority(list: readonly PolicyRule[]): number {
  const second = list.toSorted((a, b) => a.priority - b.priority)[1]
  return second !== undefined && second.priority > 0 ? second.priority - 1 : 0
}

const withPriority = (rule: PolicyRule, priority: number): PolicyRule => ({
  ...rule,
  priority,
  line: rule.line.replace(/^\d+/, String(priority)),
})

const selectors = (rule: PolicyRule): string =>
  JSON.stringify({
    ...rule,
    line: '',
    action: null,
    priority: 0,
    iifDetached: false,
    oifDetached: false,
    from: rule.from && formatPrefix(rule.from),
    to: rule.to && formatPrefix(rule.to),
  })

const sameRule = (one: PolicyRule, other: PolicyRule): boolean =>
  one.priority === other.priority &&
  selectors(one) === selectors(other) &&
  JSON.stringify(one.action) === JSON.stringify(other.action)

/** Of a rule to be removed what was said has to agree (fib_nl_delrule). */
function isMeant(rule: PolicyRule, { rule: typed, priority, hasAction }: Typed): boolean {
  const equal = (one: unknown, other: unknown): boolean =>
    other === null || JSON.stringify(one) === JSON.stringify(other)
  const prefixOf = (prefix: PolicyRule['from']): string | null =>
    prefix === null ? null : formatPrefix(prefix)
  return (
    (priority === null || rule.priority === priority) &&
    (!hasAction || JSON.stringify(rule.action) === JSON.stringify(typed.action)) &&
    rule.not === typed.not &&
    equal(prefixOf(rule.from), prefixOf(typed.from)) &&
    equal(prefixOf(rule.to), prefixOf(typed.to)) &&
    equal(rule.iif, typed.iif) &&
    equal(rule.oif, typed.oif) &&
    equal(rule.fwmark, typed.fwmark) &&
    equal(rule.tos, typed.tos) &&
    equal(rule.ipProtocol, typed.ipProtocol) &&
    equal(rule.sourcePort, typed.sourcePort) &&
    equal(rule.destinationPort, typed.destinationPort) &&
    equal(rule.uidRange, typed.uidRange)
  )
}
