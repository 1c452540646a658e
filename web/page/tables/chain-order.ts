import type { ChainView } from '../../../src/model/view/tables-view.ts'

const hooks: readonly string[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']

/** The chains as a packet meets them: each hook's own, followed by what it leads to; nobody's chains last. */
export function inOrder(chains: readonly ChainView[]): readonly ChainView[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]))
  const ordered = new Set<ChainView>()
  const visit = (chain: ChainView): void => {
    if (ordered.has(chain)) return
    ordered.add(chain)
    for (const name of chain.rules.flatMap((rule) => rule.leadsTo)) {
      const next = byName.get(name)
      if (next) visit(next)
    }
  }
  const rank = (chain: ChainView): number => hooks.indexOf(chain.hook?.toLowerCase() ?? '')
  const first = chains.filter((chain) => chain.hook !== null).sort((a, b) => rank(a) - rank(b))
  for (const chain of first) visit(chain)
  for (const chain of chains) visit(chain)
  return [...ordered]
}
