import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Agreement } from './compare.ts'
import { judge } from './judge.ts'
import type { Scenario } from './scenario.ts'
import { makeScenario } from './make-scenario.ts'

/** Networks on which engine and kernel once disagreed, shrunk to what it took. */
const kept = fileURLToPath(new URL('fixtures', import.meta.url))

test.each(readdirSync(kept))('what once went wrong stays right: %s', async (file) => {
  const scenario = JSON.parse(readFileSync(join(kept, file), 'utf8')) as Scenario
  expect((await judge(scenario)).map((one) => one.kind)).toEqual(['agrees'])
})

/**
 * The kernel is the judge: random networks of namespaces, random rules, real packets. Needs root, iptables (both
 * backends), nft, ipset, tcpdump and perl. `npm run fuzz:kernel` runs many more.
 */
const seeds = [1, 2, 3, 4, 5] as const
const flows = 40

describe('every flow goes where the engine says', () => {
  const results: Agreement[] = []
  test.each(seeds)('network %i (the fifth speaks IPv6)', async (seed) => {
    const found = await judge(makeScenario(seed, flows, seed === 5))
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
