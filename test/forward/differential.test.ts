import { describe, expect, test } from 'vitest'
import { compare, type Agreement } from './compare.ts'
import { observe } from './kernel.ts'
import { makeScenario } from './scenario.ts'

/**
 * The kernel is the judge: random networks of namespaces, random rules, real packets. Needs root, iptables (both
 * backends), nft, ipset, tcpdump and perl. `npm run fuzz:kernel` runs many more.
 */
const seeds = [1, 2, 3, 4, 5] as const
const flows = 40

describe('every flow goes where the engine says', () => {
  const results: Agreement[] = []
  test.each(seeds)('network %i (the fifth speaks IPv6)', async (seed) => {
    const found = compare(await observe(makeScenario(seed, flows, seed === 5)), seed === 5)
    results.push(...found)
    expect(found.flatMap((one) => (one.kind === 'disagrees' ? [`${one.said}\nwas ${one.was}`] : []))).toEqual(
      [],
    )
  })

  test('and hardly any is left undecided, and many are delivered', () => {
    expect(results).toHaveLength(seeds.length * flows)
    expect(results.filter((one) => one.kind === 'unknown').length).toBeLessThan(results.length / 10)
    expect(results.filter((one) => one.kind !== 'disagrees' && one.delivered).length).toBeGreaterThan(
      results.length / 3,
    )
  })
})
