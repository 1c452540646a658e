/** A node's policy rules: the kernel's own three, and what the VPC CNI adds for its pods, its ENIs and its marks. */
import { isIp4 } from '../../model/address/address.ts'
import type { Author, Deviation, DeviationLine } from '../../model/diagnosis/deviation.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import { nodeIntent } from '../../intent/vpc-cni/node.ts'
import { podIntent } from '../../intent/vpc-cni/pod.ts'
import { readRulesText } from '../../linux/ip/rule.ts'
import { authorOf } from './author.ts'
import { compareLines } from './compare-lines.ts'
import type { NodeFacts } from './node-facts.ts'

interface Wanted {
  readonly what: DeviationLine
  readonly rule: PolicyRule
}

const wantedRule = (priority: number, line: string): PolicyRule => {
  const text = `${priority}: ${line}`
  const [rule] = readRulesText(text, 4).value
  if (rule === undefined) throw new Error(`not a rule: ${text}`)
  return rule
}

/** Everything that the rule asks and does. */
export function ruleKey(rule: PolicyRule): string {
  return JSON.stringify({
    ...rule,
    line: '',
    from: rule.from && formatPrefix(rule.from),
    to: rule.to && formatPrefix(rule.to),
  })
}

export const kernelRules: readonly PolicyRule[] = [
  [0, 'local'] as const,
  [32766, 'main'] as const,
  [32767, 'default'] as const,
].map(([priority, table]) => wantedRule(priority, `from all lookup ${table}`))

export function ruleDeviations(facts: NodeFacts): readonly Deviation[] {
  const { stack } = facts
  if (stack.rules === null) return []
  const { missing, more } = compareLines(
    wantedRules(facts),
    stack.rules,
    ({ rule }) => ruleKey(rule),
    ruleKey,
  )
  const foreign = more.filter((rule) => !isUnjudged(rule, facts))
  const taken = new Set<PolicyRule>()
  const lacking = missing.map(({ what, rule }): Deviation => {
    const instead = what === 'rule' ? undefined : foreign.find((one) => !taken.has(one) && isFor(one, rule))
    if (instead !== undefined) taken.add(instead)
    return {
      stack: stack.id,
      what,
      kind: instead === undefined ? 'missing' : 'different',
      line: instead?.line ?? null,
      expected: rule.line,
      author: what === 'rule' ? 'unknown' : 'vpc-cni',
      edits: [{ stack: stack.id, kind: 'rule', before: instead ?? null, after: rule }],
    }
  })
  return [
    ...lacking,
    ...foreign
      .filter((rule) => !taken.has(rule))
      .map((rule): Deviation => ({
        stack: stack.id,
        what: rule.priority === 1536 ? 'source-rule' : rule.priority === 512 ? 'pod-rule' : 'rule',
        kind: 'foreign',
        line: rule.line,
        expected: null,
        author: authorOfRule(rule),
        edits: [{ stack: stack.id, kind: 'rule', before: rule, after: null }],
      })),
  ]
}

/** Of one priority, and for the same addresses: one stands in the other's place. */
const isFor = (one: PolicyRule, other: PolicyRule): boolean =>
  one.priority === other.priority &&
  (addressesOf(one) === addressesOf(other) || isNarrower(one, other)) &&
  one.action.kind === other.action.kind

/** Old releases of the VPC CNI lead a pod of a later ENI by its table towards the VPC's prefixes alone (amazon-vpc-cni-k8s #53). */
const isNarrower = (one: PolicyRule, other: PolicyRule): boolean =>
  one.priority === 1536 &&
  one.to !== null &&
  other.to === null &&
  addressesOf({ ...one, to: null }) === addressesOf(other)

const addressesOf = ({ from, to }: PolicyRule): string =>
  [from, to].map((one) => (one === null ? 'all' : formatPrefix(one))).join(' ')

function wantedRules(facts: NodeFacts): readonly Wanted[] {
  const { settings, vpcCidrs, enis } = facts
  const ofPods = facts.pods.flatMap((pod) => {
    const { namespace, name, address } = pod
    // Which ENI has the address is not known where EC2 was not read: then the rule to the pod alone is asked for.
    const eni = pod.eni ?? { deviceIndex: 0 }
    const { rules } = podIntent({ settings, vpcCidrs, pod: { namespace, name, address, eni } }).host
    return rules.map(({ priority, line }): Wanted => ({
      what: priority === 512 ? 'pod-rule' : 'source-rule',
      rule: wantedRule(priority, line),
    }))
  })
  const ofNode = enis.some(({ deviceIndex }) => deviceIndex === 0) ? nodeIntent(facts).rules : []
  return [
    ...kernelRules.map((rule): Wanted => ({ what: 'rule', rule })),
    ...ofPods,
    ...ofNode
      .filter(({ priority }) => facts.environmentKnown || priority !== 1535)
      .map(({ priority, line }): Wanted => ({
        what: priority === 1024 ? 'mark-rule' : priority === 1535 ? 'service-cidr-rule' : 'eni-rule',
        rule: wantedRule(priority, line),
      })),
  ]
}

/** Whether it can be told from what was read that the rule should not be there. */
function isUnjudged(rule: PolicyRule, { enis, environmentKnown, pods }: NodeFacts): boolean {
  if (rule.priority === 1535) return !environmentKnown
  if (rule.priority === 1536 || rule.priority === 32765) {
    if (enis.length === 0) return true
    const pod = pods.find(({ address }) => rule.from !== null && rule.from.address === address)
    return pod !== undefined && pod.eni === null
  }
  return false
}

function authorOfRule(rule: PolicyRule): Author {
  const host = rule.from ?? rule.to
  const ofCni = [512, 1024, 1535, 1536, 32765].includes(rule.priority) && rule.action.kind === 'lookup'
  return ofCni && host !== null && isIp4(host.address) ? 'earlier-vpc-cni' : authorOf(rule.line)
}
