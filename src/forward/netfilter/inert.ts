/** Chains that do nothing to a packet, so that what leads to them decides nothing either. */
import { currentPart } from '../compiled/current.ts'
import type { Run } from '../compiled/fabric.ts'
import { deepest, rulesFor, type Chain, type CompiledFilterRule } from './compiled-chain.ts'
import { no, tryOut, yes } from './predicate.ts'

/** It jumps to a chain that does nothing to this packet: whether it matches does not matter, and no lot need be drawn. */
export const leadsNowhere = (run: Run, { act, chain }: CompiledFilterRule, depth: number): boolean =>
  act.kind === 'chain' &&
  !act.goto &&
  chain !== null &&
  depth < deepest &&
  isInert(run, currentPart(run.fabric, chain), depth + 1)

/** Nothing that the chain could say changes the packet as it is now, or stops it, whatever lots are drawn. */
function isInert(run: Run, chain: Chain, depth: number): boolean {
  const byDepth = run.inert.get(chain) ?? []
  const known = byDepth[depth]
  if (known !== undefined) return known
  const found = rehearse(run, chain, depth)
  byDepth[depth] = found
  run.inert.set(chain, byDepth)
  return found
}

function rehearse(run: Run, chain: Chain, depth: number): boolean {
  for (const rule of rulesFor(chain, run.packet.dst)) {
    run.budget.left -= rule.steps
    if (run.budget.left < 0) return false
    if (rule.destination !== null && rule.destination !== run.packet.dst) continue
    const matching = tryOut(run, rule.test)
    if (matching === no) continue
    switch (rule.act.kind) {
      case 'none':
        continue
      case 'return':
        if (matching === yes) return true
        continue
      case 'chain':
        if (
          rule.chain === null ||
          depth >= deepest ||
          !isInert(run, currentPart(run.fabric, rule.chain), depth + 1)
        )
          return false
        if (rule.act.goto && matching === yes) return true
        continue
      default:
        return false
    }
  }
  return true
}
