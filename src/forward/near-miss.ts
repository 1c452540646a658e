/** Why not another one: what almost decided instead, for who asks why a packet did not go the expected way. */
import { formatIp } from '../model/address.ts'
import type { Stage } from '../model/path.ts'
import { contains, formatPrefix } from '../model/prefix.ts'
import type { RuleMatch } from '../model/ruleset.ts'
import type { PolicyRule } from '../model/rule.ts'
import type { StackId } from '../model/stack-id.ts'
import type { CompiledRoute } from './compiled.ts'
import type { FlowKey } from './lookup.ts'
import { understand, type StackSets } from './netfilter/match.ts'
import { no } from './netfilter/predicate.ts'
import type { PrefixTable } from './prefix-table.ts'
import type { Run } from './run.ts'

/** A line that was asked and did not decide, with the one thing that it lacked. */
export interface NearMiss {
  readonly at: StackId
  readonly stage: Stage
  readonly by: string
  readonly because: string
}

/** Why a policy rule was passed over: every selector that did not match. */
function ruleMiss(rule: PolicyRule, key: FlowKey): readonly string[] {
  const reasons: string[] = []
  if (rule.to !== null && !contains(rule.to, key.dst))
    reasons.push(`${formatIp(key.dst)} is not in ${formatPrefix(rule.to)}`)
  if (rule.from !== null && key.src === null) reasons.push('the packet has no source yet')
  else if (rule.from !== null && key.src !== null && !contains(rule.from, key.src))
    reasons.push(`${formatIp(key.src)} is not in ${formatPrefix(rule.from)}`)
  if (rule.iif !== null && rule.iif !== key.iif) reasons.push(`it came in by ${key.iif}, not by ${rule.iif}`)
  if (rule.oif !== null && rule.oif !== key.oif?.name) reasons.push(`it is not bound to ${rule.oif}`)
  if (rule.fwmark !== null && ((rule.fwmark.value ^ key.mark) & rule.fwmark.mask) !== 0)
    reasons.push(`its mark is 0x${key.mark.toString(16)}`)
  if (rule.tos !== null && rule.tos !== 0 && (rule.tos & 0xfc) !== (key.tos & 0xfc))
    reasons.push(`its TOS is 0x${key.tos.toString(16)}`)
  if (rule.ipProtocol !== null && rule.ipProtocol !== key.protocol)
    reasons.push('its protocol is another one')
  const outside = (range: PolicyRule['sourcePort'], port: number): boolean =>
    range !== null && port >= 0 && (port < range.from || port > range.to)
  if (outside(rule.sourcePort, key.sourcePort)) reasons.push(`its source port is ${key.sourcePort}`)
  if (outside(rule.destinationPort, key.destinationPort))
    reasons.push(`its destination port is ${key.destinationPort}`)
  return reasons
}

/** Notes the rules before the one that matched which lacked a single thing. */
export function noteRuleMiss(run: Run, rule: PolicyRule, key: FlowKey): void {
  if (rule.not) {
    run.recorder?.miss({
      at: run.stack.id,
      stage: 'rule',
      by: rule.line,
      because: 'it matches what the rule excludes',
    })
    return
  }
  const reasons = ruleMiss(rule, key)
  const [only] = reasons
  if (only !== undefined && reasons.length === 1)
    run.recorder?.miss({ at: run.stack.id, stage: 'rule', by: rule.line, because: only })
}

/** Notes the other routes of the table that cover the destination, and why they came second. */
export function noteRouteMisses(
  run: Run,
  table: PrefixTable<CompiledRoute>,
  key: FlowKey,
  taken: CompiledRoute | null,
): void {
  const chosen = taken?.route
  for (const { route } of table.covering(key.dst)) {
    if (route === chosen) continue
    const because =
      chosen === undefined
        ? route.type === 'throw'
          ? 'it sends the look-up on to the next rule'
          : 'its device or next hop cannot be used'
        : route.destination.length < chosen.destination.length
          ? `/${route.destination.length} is shorter than /${chosen.destination.length}`
          : route.metric > chosen.metric
            ? `its metric ${route.metric} is larger than ${chosen.metric}`
            : route.tos !== 0 && route.tos !== key.tos
              ? `it is for TOS 0x${route.tos.toString(16)}`
              : 'it cannot be used, or came later'
    run.recorder?.miss({ at: run.stack.id, stage: 'route', by: route.line, because })
  }
}

const matchText = (match: RuleMatch): string =>
  [
    ...(match.module === '' ? [] : ['-m', match.module]),
    ...match.options.flatMap((option) => [...(option.not ? ['!'] : []), option.name, ...option.values]),
  ].join(' ')

/** Notes a filter rule that all but one of its matches would have taken. Matches that draw lots are not asked again. */
export function noteFilterMiss(
  run: Run,
  stage: Stage,
  line: string,
  matches: readonly RuleMatch[],
  sets: StackSets,
): void {
  const lacking: string[] = []
  for (const match of matches) {
    const understood = understand(match, sets)
    if (understood.kind !== 'predicate') continue
    const known = run.packet.sourcePort >= 0
    if (understood.last === true && (match.module === 'statistic' || !known)) continue
    if (understood.test(run) === no) lacking.push(matchText(match))
  }
  const [only] = lacking
  if (only !== undefined && lacking.length === 1)
    run.recorder?.miss({ at: run.stack.id, stage, by: line, because: `${only} does not match` })
}
