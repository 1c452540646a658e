/** Native nftables rules: the CNI's `ip aws-cni`, kube-proxy's nftables mode, and whoever else made some. */
import type { Family } from '../../../model/address/address.ts'
import type { NftRule, NftTable, NftValue } from '../../../model/stack/nft.ts'
import type { Stage } from '../../../model/path/path.ts'
import type { NetworkStack } from '../../../model/stack/stack.ts'
import type { HookName, HookStep, Run } from '../../compiled/fabric.ts'
import { arpSteps, deviceChains, doubt, touchesEither } from './nft-device.ts'
import { nftMismatch } from './nft-mismatch.ts'
import { compileStatement } from './nft-statement.ts'
import type { Jump, Statement } from './compiled-statement.ts'
import { isDormant, strangeFlag } from './nft-table.ts'
import { maybe, no, tryOut, yes } from '../predicate.ts'
import { exhausted, stop } from '../stop.ts'
import { type Verdict, accept, back, goOn, stopped, tooDeep } from '../verdict.ts'

interface CompiledNftRule {
  readonly line: string
  /** `ip aws-cni snat-mark` */
  readonly place: string
  readonly statements: readonly Statement[]
  /** What each statement was compiled from. */
  readonly values: readonly NftValue[]
  /** Steps that it takes to ask it. */
  readonly steps: number
}

interface CompiledNftChain {
  readonly name: string
  readonly stage: Stage
  readonly policy: string
  readonly line: string
  readonly rules: readonly CompiledNftRule[]
}

type Chains = ReadonlyMap<string, CompiledNftChain>

const ownNames: ReadonlySet<string> = new Set(['raw', 'mangle', 'nat', 'filter', 'security'])

/** iptables-nft keeps its rules in such tables; where iptables-save printed them they are already there. */
function printedByIptables(stack: NetworkStack, table: NftTable): boolean {
  if (!ownNames.has(table.name) || (table.family !== 'ip' && table.family !== 'ip6')) return false
  const rulesets = table.family === 'ip' ? stack.iptables : stack.ip6tables
  return (rulesets ?? []).some(
    (ruleset) => ruleset.backend === 'nft' && ruleset.tables.some((printed) => printed.name === table.name),
  )
}

const hooks: Readonly<Record<string, HookName>> = {
  prerouting: 'prerouting',
  input: 'input',
  forward: 'forward',
  output: 'output',
  postrouting: 'postrouting',
}

export function nftSteps(
  stack: NetworkStack,
  family: Family,
): readonly { readonly hook: HookName; readonly step: HookStep }[] {
  const found: { readonly hook: HookName; readonly step: HookStep }[] = []
  if (stack.nft === null) {
    const usesNft =
      (family === 4 ? stack.iptables : stack.ip6tables)?.some((ruleset) => ruleset.backend === 'nft') ?? false
    if (usesNft) found.push({ hook: 'prerouting', step: uncertain }, { hook: 'output', step: uncertain })
    return found
  }
  for (const table of stack.nft) {
    const ofFamily =
      table.family === 'inet' || table.family === 'netdev' || table.family === (family === 4 ? 'ip' : 'ip6')
    const printed = printedByIptables(stack, table)
    const flag = strangeFlag(table)
    const because =
      flag !== undefined
        ? `what the table's flag ${flag} means is not known`
        : printed && isDormant(table)
          ? 'the table is dormant, but its rules are printed by iptables-save as if they were not'
          : null
    if (ofFamily && because !== null) {
      const step = doubt(`nft ${table.family} ${table.name}`, because, () => true)
      found.push({ hook: 'prerouting', step }, { hook: 'output', step })
      continue
    }
    if (isDormant(table)) continue
    if (table.family === 'arp' && family === 4) found.push(...arpSteps(table))
    if (ofFamily)
      for (const { chain, hook, touches } of deviceChains(table)) {
        const chains = compileChains(table)
        const compiled = chains.get(chain.name)
        if (touches === null) {
          const label = `nft ${table.family} ${table.name} ${chain.name}`
          const step = doubt(label, 'rules at the device itself may stop ARP too', touchesEither(chain))
          found.push({ hook: 'prerouting', step }, { hook: 'postrouting', step })
        } else if (compiled)
          found.push({
            hook,
            step: {
              priority: hook === 'prerouting' ? -100_000 : 100_000,
              label: `nft ${table.family} ${table.name} ${chain.name}`,
              kind: 'filter',
              ask: (run) => (touches(run) ? runBase(run, compiled, chains) : goOn),
            },
          })
      }
    if (!ofFamily || table.family === 'netdev' || printed) continue
    const chains = compileChains(table)
    for (const chain of table.chains) {
      const hook = chain.base ? hooks[chain.base.hook] : undefined
      const compiled = chains.get(chain.name)
      if (!chain.base || !hook || !compiled || (chain.rules.length === 0 && chain.base.policy !== 'drop'))
        continue
      found.push({
        hook,
        step: {
          priority: chain.base.priority,
          label: `nft ${table.family} ${table.name} ${chain.name}`,
          kind:
            chain.base.type === 'nat'
              ? 'nat'
              : chain.base.type === 'route' && hook === 'output'
                ? 'route'
                : 'filter',
          ask: (run) => runBase(run, compiled, chains),
        },
      })
    }
  }
  return found
}

const uncertain: HookStep = {
  priority: -100,
  label: 'nft list ruleset',
  kind: 'filter',
  ask: (run) =>
    run.suppose('nat', 'nft list ruleset', 'nf_tables is in use here, but its own rules were not read')
      ? stop(
          run,
          'unknown',
          'nat',
          'nft list ruleset',
          'nf_tables is in use here, but its own rules were not read',
        )
      : goOn,
}

function compileChains(table: NftTable): Chains {
  const compiled = new Map<string, CompiledNftChain>()
  for (const chain of table.chains) {
    const stage: Stage = chain.base === null ? 'filter' : stageOf(chain.base.type, chain.base.priority)
    compiled.set(chain.name, {
      name: chain.name,
      stage,
      policy: chain.base?.policy ?? 'accept',
      line:
        chain.base === null
          ? `chain ${chain.name}`
          : `chain ${chain.name} { type ${chain.base.type} hook ${chain.base.hook} priority ${chain.base.priority}; policy ${chain.base.policy}; }`,
      rules: chain.rules.map((rule) =>
        compileRule(rule, table, `${table.family} ${table.name} ${chain.name}`),
      ),
    })
  }
  return compiled
}

const stageOf = (type: string, priority: number): Stage => {
  if (type === 'nat') return 'nat'
  if (type === 'route') return 'mangle'
  return priority <= -300 ? 'raw' : priority < 0 ? 'mangle' : 'filter'
}

function compileRule(rule: NftRule, table: NftTable, place: string): CompiledNftRule {
  const compiled = rule.expressions
    .map((value) => ({ value, statement: compileStatement(value, table) }))
    .filter(({ statement }) => statement.kind !== 'none')
  return {
    line: rule.line,
    place,
    statements: compiled.map(({ statement }) => statement),
    values: compiled.map(({ value }) => value),
    steps: 1 + compiled.length + (rule.line.length >> 8),
  }
}

function runBase(run: Run, chain: CompiledNftChain, chains: Chains): Verdict {
  if (run.choices.careful) run.forgetInert()
  const verdict = runChain(run, chain, chains, chain.stage, 0)
  if (verdict !== goOn && verdict !== back) return verdict
  if (chain.policy === 'drop')
    return stop(run, 'dropped', chain.stage, chain.line, 'dropped by the policy of the chain')
  return goOn
}

/** nf_tables allows 16 jumps (NFT_JUMP_STACK_SIZE). */
const deepest = 16

function runChain(run: Run, chain: CompiledNftChain, chains: Chains, stage: Stage, depth: number): Verdict {
  const { budget, choices } = run
  const { careful } = choices
  const { rules } = chain
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index] as CompiledNftRule
    budget.left -= rule.steps
    if (budget.left < 0) return exhausted(run, stage, rule.line)
    if (careful) {
      if (run.hasMet(index)) return stopped
      if (whatItMayDo(run, rule, chains, depth) === 'nothing') continue
      run.place.push(index)
    }
    const verdict = runRule(run, rule, chains, stage, depth)
    if (careful) run.place.pop()
    if (verdict !== goOn) return verdict
  }
  return goOn
}

/** Nothing that the chain could say changes the packet as it is now, or stops it, whatever lots are drawn. */
function isInert(run: Run, chain: CompiledNftChain, chains: Chains, depth: number): boolean {
  const byDepth = run.inert.get(chain) ?? []
  const known = byDepth[depth]
  if (known !== undefined) return known
  let inert = true
  for (const rule of chain.rules) {
    const may = whatItMayDo(run, rule, chains, depth)
    inert = may !== 'something'
    if (!inert || may === 'return') break
  }
  byDepth[depth] = inert
  run.inert.set(chain, byDepth)
  return inert
}

/** `return`: it surely goes back to the calling chain, and does nothing else. */
type MayDo = 'nothing' | 'return' | 'return or nothing' | 'something'

function whatItMayDo(run: Run, rule: CompiledNftRule, chains: Chains, depth: number): MayDo {
  run.budget.left -= rule.steps
  if (run.budget.left < 0) return 'something'
  let sure = true
  for (const statement of rule.statements) {
    switch (statement.kind) {
      case 'none':
        continue
      case 'test': {
        const value = tryOut(run, statement.test)
        if (value === no) return 'nothing'
        if (value === maybe) sure = false
        continue
      }
      case 'effect':
      case 'nat':
        return 'something'
      case 'verdict': {
        const may = whatJumpMayDo(run, statement, chains, depth)
        if (may === null) continue
        return may === 'return' && !sure ? 'return or nothing' : may
      }
    }
  }
  return 'nothing'
}

/** Null: the rule goes on. */
function whatJumpMayDo(
  run: Run,
  { verdict }: Extract<Statement, { readonly kind: 'verdict' }>,
  chains: Chains,
  depth: number,
): MayDo | null {
  const found: { jump: Jump | null } = { jump: null }
  const drawn = tryOut(run, () => {
    found.jump = verdict(run)
    return yes
  })
  if (drawn === maybe) return 'something'
  const { jump } = found
  switch (jump?.kind) {
    case undefined:
      return null
    case 'return':
      return 'return'
    case 'no-match':
      return 'nothing'
    case 'jump':
    case 'goto': {
      const target = chains.get(jump.target)
      if (!target || depth >= deepest || !isInert(run, target, chains, depth + 1)) return 'something'
      return jump.kind === 'jump' ? null : 'return'
    }
    case 'accept':
    case 'drop':
    case 'unknown':
      return 'something'
  }
}

function runRule(run: Run, rule: CompiledNftRule, chains: Chains, stage: Stage, depth: number): Verdict {
  const { recorder } = run
  const passedOver = (statement: Statement): Verdict => {
    if (recorder?.noting) {
      const value = rule.values[rule.statements.indexOf(statement)] ?? null
      recorder.noteEvaluated(stage, rule.place, rule.line, false, [nftMismatch(run, value, rule.line)])
    }
    return goOn
  }
  for (const statement of rule.statements) {
    switch (statement.kind) {
      case 'none':
        continue
      case 'test': {
        const value = statement.test(run)
        if (value === 0) return passedOver(statement)
        if (value === 2 && !run.suppose(stage, rule.line, statement.because)) return passedOver(statement)
        continue
      }
      case 'effect': {
        const effect = statement.apply(run)
        if (run.choices.careful) run.forgetInert()
        if (effect !== null) recorder?.decide(stage, rule.line, effect)
        continue
      }
      case 'nat': {
        const done = statement.apply(run, rule.line)
        if (done === 'no-match') return passedOver(statement)
        if (done === 'unknown')
          return stop(run, 'unknown', stage, rule.line, 'it depends on what is not known')
        if (!done) return stop(run, 'dropped', stage, rule.line, 'there is no address to translate to')
        return accept
      }
      case 'verdict': {
        const jump = statement.verdict(run)
        if (jump === null) continue
        switch (jump.kind) {
          case 'unknown':
            return stop(run, 'unknown', stage, rule.line, jump.because)
          case 'accept':
            recorder?.decide(stage, rule.line, 'accepted')
            return accept
          case 'drop':
            return stop(run, 'dropped', stage, rule.line, jump.effect)
          case 'return':
            recorder?.decide(stage, rule.line, 'returns to the calling chain')
            return back
          case 'no-match':
            return goOn
          case 'jump':
          case 'goto': {
            const target = chains.get(jump.target)
            if (!target)
              return stop(run, 'unknown', stage, rule.line, `the chain ${jump.target} was not read`)
            if (depth >= deepest) return stop(run, 'unknown', stage, rule.line, tooDeep)
            const mark = recorder?.mark() ?? 0
            recorder?.decide(
              stage,
              rule.line,
              `${jump.kind === 'goto' ? 'goes on in' : 'asks'} ${jump.target}`,
            )
            const verdict = runChain(run, target, chains, stage, depth + 1)
            if (verdict === accept || verdict === stopped) return verdict
            recorder?.undoIfLast(mark)
            if (jump.kind === 'goto') return back
            continue
          }
        }
      }
    }
  }
  return goOn
}
