/**
 * Holds the engine against the kernel for as many flows as asked: `npm run fuzz:kernel -- --flows 20000 --seed 7`.
 * Every fourth network speaks IPv6, every second one has rules that real nodes seldom have.
 * What the engine does not know is counted by its reason, with the first flow of each.
 * A disagreement is shrunk to the few things that it needs, printed, and kept as JSON under test/forward/found/.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { judge, type Disagreement } from '../test/forward/judge.ts'
import { withRareThings } from '../test/forward/rare.ts'
import type { Scenario } from '../test/forward/scenario.ts'
import { makeScenario } from '../test/forward/make-scenario.ts'

const perScenario = 50

/** What differs from one network to the next is left out, so that doubts of one kind are counted together. */
const kindOf = (because: string): string =>
  because.replace(/ {2}\[.*\]$/s, '').replace(/[\da-f]*:[\da-f:]+|\d[\d.]*/g, 'N')

async function disagreement(scenario: Scenario): Promise<Disagreement | undefined> {
  const results = await judge(scenario)
  return results.find((one): one is Disagreement => one.kind === 'disagrees')
}

/** Leaves out one flow or one thing done after the other, as long as the disagreement stays. */
async function shrink(scenario: Scenario, id: number): Promise<Scenario> {
  let small: Scenario = { ...scenario, flows: scenario.flows.filter((flow) => flow.id === id) }
  if (!(await disagreement(small))) return scenario
  for (let i = small.extras.length - 1; i >= 0; i--) {
    const less = { ...small, extras: small.extras.filter((_, index) => index !== i) }
    if (await disagreement(less)) small = less
  }
  return small
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { flows: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
  })
  const wanted = Number(values.flows)
  const seed = Number(values.seed)
  if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(seed)) {
    console.error('usage: fuzz-kernel [--flows N] [--seed S]')
    return 2
  }
  const uncertainties = new Map<string, { count: number; readonly first: string }>()
  const total = { agrees: 0, unknown: 0, disagrees: 0, delivered: 0 }
  for (let done = 0, at = seed * 100_003; done < wanted; done += perScenario, at++) {
    const plain = makeScenario(at, Math.min(perScenario, wanted - done), at % 4 === 3)
    const scenario = at % 2 === 0 ? withRareThings(plain) : plain
    const results = await judge(scenario)
    for (const one of results) {
      total[one.kind]++
      if (one.kind !== 'disagrees' && one.delivered) total.delivered++
      if (one.kind !== 'unknown') continue
      const because = one.because.join('\n    ')
      const known = uncertainties.get(kindOf(because))
      if (known) known.count++
      else
        uncertainties.set(kindOf(because), {
          count: 1,
          first: `network ${at}, flow ${one.flow.id}: ${because}`,
        })
    }
    const seen = results.find((one): one is Disagreement => one.kind === 'disagrees')
    // A busy machine loses a log now and then; what the kernel really does, it does again.
    const wrong = seen && ((await disagreement(scenario)) ?? null)
    if (seen && !wrong) {
      total.disagrees -= results.filter((one) => one.kind === 'disagrees').length
      console.log(`network ${at}, flow ${seen.flow.id}: seen once, not again`)
    }
    if (wrong) {
      const small = await shrink(scenario, wrong.flow.id)
      const shown = (await disagreement(small)) ?? wrong
      const file = `test/forward/found/${at}-${wrong.flow.id}.json`
      await mkdir('test/forward/found', { recursive: true })
      await writeFile(file, `${JSON.stringify(small, null, 2)}\n`)
      console.log(`network ${at}, flow ${wrong.flow.id} (kept in ${file})\n${shown.said}\n  was ${shown.was}`)
    }
    if ((done / perScenario) % 20 === 19)
      console.error(`${done + perScenario} flows: ${JSON.stringify(total)}`)
  }
  for (const { count, first } of [...uncertainties.values()].sort((a, b) => b.count - a.count))
    console.log(`unknown ${count} times, first ${first}`)
  console.log(JSON.stringify(total))
  return total.disagrees === 0 ? 0 : 1
}

process.exitCode = await main()
