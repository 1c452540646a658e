/** A table of iptables, asked. net/ipv4/netfilter/ip_tables.c */
import type { Stage } from '../../model/path/path.ts'
import { currentPart } from '../compiled/current.ts'
import type { Run } from '../compiled/fabric.ts'
import { deepest, rulesFor, type Chain, type CompiledFilterRule } from './compiled-chain.ts'
import { filterMismatches } from './filter-mismatches.ts'
import { leadsNowhere } from './inert.ts'
import { no, tryOut, yes } from './predicate.ts'
import { exhausted, stop } from './stop.ts'
import { accept, back, goOn, stopped, tooDeep, type Verdict } from './verdict.ts'

/** A built-in chain with its policy. */
export function runBuiltIn(run: Run, compiled: Chain): Verdict {
  const chain = currentPart(run.fabric, compiled)
  if (run.choices.careful) run.forgetInert()
  const verdict = runChain(run, chain, 0)
  if (verdict !== goOn && verdict !== back) return verdict
  if (chain.policy === 'DROP')
    return stop(run, 'dropped', chain.stage, chain.line, 'dropped by the policy of the chain')
  return goOn
}

function runChain(run: Run, chain: Chain, depth: number): Verdict {
  const { budget } = run
  const { careful } = run.choices
  const noting = run.recorder?.noting === true
  const rules = noting ? chain.rules : rulesFor(chain, run.packet.dst)
  for (let index = 0; index < rules.length; index++) {
    let rule = rules[index] as CompiledFilterRule
    budget.left -= rule.steps
    if (budget.left < 0) return exhausted(run, chain.stage, rule.line)
    // The index would have skipped it; asking it for its lots could change the choices of the run.
    const elsewhere = rule.destination !== null && rule.destination !== run.packet.dst
    if (careful && !elsewhere) {
      if (run.hasMet(index)) return stopped
      if (leadsNowhere(run, rule, depth)) {
        if (noting) {
          const matching = tryOut(run, rule.test)
          if (matching === no) notePassed(run, chain, rule)
          else run.recorder?.noteEvaluated(chain.stage, chain.place, rule.line, true, [])
        }
        continue
      }
    }
    if (rule.lots !== null) {
      const { weights, count } = rule.lots
      const drawn = run.pick(weights, chain.stage, rule.line)
      if (noting) for (const passed of rules.slice(index, index + drawn)) notePassed(run, chain, passed)
      index += drawn
      if (drawn === count) {
        index--
        continue
      }
      rule = rules[index] as CompiledFilterRule
    } else if (elsewhere || !matches(run, rule, chain.stage)) {
      if (noting) notePassed(run, chain, rule)
      continue
    }
    const { act } = rule
    const { recorder } = run
    if (noting) recorder?.noteEvaluated(chain.stage, chain.place, rule.line, true, [])
    switch (act.kind) {
      case 'accept':
        recorder?.decide(chain.stage, rule.line, 'accepted')
        return accept
      case 'return':
        recorder?.decide(chain.stage, rule.line, 'returns to the calling chain')
        return back
      case 'drop':
        return stop(run, 'dropped', chain.stage, rule.line, act.effect)
      case 'chain': {
        if (rule.chain === null)
          return stop(run, 'unknown', chain.stage, rule.line, `the chain ${act.name} was not read`)
        if (depth >= deepest) return stop(run, 'unknown', chain.stage, rule.line, tooDeep)
        const mark = recorder?.mark() ?? 0
        recorder?.decide(chain.stage, rule.line, `${act.goto ? 'goes on in' : 'asks'} ${act.name}`)
        if (careful) run.place.push(index)
        const verdict = runChain(run, currentPart(run.fabric, rule.chain), depth + 1)
        if (careful) run.place.pop()
        if (verdict === accept || verdict === stopped) return verdict
        recorder?.undoIfLast(mark)
        if (act.goto) return back
        continue
      }
      case 'effect': {
        const effect = act.apply(run)
        if (careful) run.forgetInert()
        if (effect !== null) recorder?.decide(chain.stage, rule.line, effect)
        continue
      }
      case 'nat':
        if (!act.apply(run, rule.line))
          return stop(run, 'dropped', chain.stage, rule.line, 'there is no address to translate to')
        return accept
      case 'not-understood':
        return stop(run, 'unknown', chain.stage, rule.line, `not understood: ${act.because}`)
      case 'none':
        continue
    }
  }
  return goOn
}

const notePassed = (
  run: Run,
  { stage, place, sets }: Chain,
  { line, matches, uncertainty }: CompiledFilterRule,
): void => {
  run.recorder?.noteEvaluated(stage, place, line, false, filterMismatches(run, matches, sets, uncertainty))
}

function matches(run: Run, rule: CompiledFilterRule, stage: Stage): boolean {
  if (rule.test === null) return true
  const value = rule.test(run)
  if (value === no) return false
  if (value === yes) return true
  return run.suppose(
    stage,
    rule.line,
    rule.uncertainty === null ? 'it depends on what is not known' : `not understood: ${rule.uncertainty}`,
  )
}

/** Does the chain do anything? An empty chain that accepts need not be asked. */
export const doesSomething = (chain: Chain): boolean => chain.rules.length > 0 || chain.policy === 'DROP'
