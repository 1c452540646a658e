import type { Decision, Hop, Path } from '../../model/path/path.ts'
import type { SaidWhyNot } from '../../model/result/result.ts'

/** One decision as it is told: the chains that led to its rule are folded into it. */
export interface Told {
  readonly decision: Decision
  /** `POSTROUTING`, `AWS-SNAT-CHAIN-0`: the chains whose jumps led to the rule; empty for a rule that was met at once. */
  readonly by: readonly string[]
  /** It changed nothing: a chain that returned. */
  readonly idle: boolean
  readonly nearMisses: SaidWhyNot['instead']
}

export interface ToldHop {
  readonly hop: Hop
  readonly told: readonly Told[]
  /** Lines that almost decided where none did, by stage. */
  readonly undecided: readonly SaidWhyNot[]
}

const jump = /^(?:asks|goes on in) (\S+)$/

/** One direction of a path as an explanation: what was decided at each hop, by which line. Pure. */
export function explanationOf(
  path: Path,
  direction: 'forward' | 'reply',
  whyNot: readonly SaidWhyNot[] = [],
): readonly ToldHop[] {
  return path[direction].map((hop, index) => {
    const near = whyNot.filter((one) => one.direction === direction && one.hop === index)
    return {
      hop,
      told: decisionsToReport(hop.decisions, near),
      undecided: near.filter((one) => one.by === null),
    }
  })
}

function decisionsToReport(decisions: readonly Decision[], near: readonly SaidWhyNot[]): readonly Told[] {
  const told: Told[] = []
  let chains: string[] = []
  let misses: SaidWhyNot['instead'] = []
  decisions.forEach((decision, index) => {
    const own = near.find((one) => one.by === decision.by && one.stage === decision.stage)?.instead ?? []
    misses = [...misses, ...own.filter((miss) => !misses.some((before) => before.by === miss.by))]
    const target = jump.exec(decision.effect)?.[1]
    const next = decisions[index + 1]
    if (target !== undefined && next?.stage === decision.stage) {
      if (chains.length === 0) chains.push(chainOf(decision.by))
      chains.push(target)
      return
    }
    told.push({
      decision,
      by: chains.filter((chain) => chain !== ''),
      idle: decision.effect === 'returns to the calling chain',
      nearMisses: misses,
    })
    chains = []
    misses = []
  })
  return told
}

/** `-A PREROUTING …` → `PREROUTING`; nft rules do not say their chain. */
const chainOf = (line: string): string => /^-A (\S+)/.exec(line)?.[1] ?? ''
