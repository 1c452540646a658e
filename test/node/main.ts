/**
 * `npm run test:node [VERSION…]`: the demo, the checks and the unit tests of a fresh copy of this checkout on every Node that
 * podpath runs on. Fetches them from the registry.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyCheckout } from '../bare/checkout.ts'
import type { StepResult } from '../bare/run-step.ts'
import type { Step } from '../bare/step.ts'
import { summary, told } from '../bare/summary.ts'
import { fetchNode, nodeVersions, type NodeVersion } from './node-versions.ts'
import { runHere } from './run-here.ts'

const say = (line: string): void => void process.stderr.write(`${line}\n`)

interface Run {
  readonly title: string
  readonly results: readonly StepResult[]
}

const steps = (version: NodeVersion): readonly Step[] => [
  {
    command: 'node --version',
    because: 'it is the Node that is meant',
    shows: [new RegExp(`^v${version}\\b`)],
  },
  {
    command: 'npm run demo',
    because: 'npm installs on it, the build is made by it, the lab runs on it',
    shows: [/✓ ping \S+ → www\.google\.com/, /as predicted/],
  },
  { command: 'npm run check', because: 'what checks the code runs on it', shows: [] },
  {
    command: 'npm run test:unit',
    because: 'what has no I/O gives the same on it',
    shows: [/Tests +\d+ passed/],
  },
]

async function runOn(version: NodeVersion): Promise<Run> {
  const title = `Node ${version}`
  say(`\n${title}`)
  const directory = mkdtempSync(join(tmpdir(), 'podpath-node-'))
  const clear = (): void => {
    // What was ended with us may still write for a moment.
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
  const end = (): void => {
    clear()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  try {
    const checkout = join(directory, 'podpath')
    const fetched = join(directory, 'node')
    mkdirSync(fetched)
    const programs = fetchNode(version, fetched)
    copyCheckout(checkout)
    const results: StepResult[] = []
    for (const step of steps(version)) {
      const result = await runHere(step, checkout, programs)
      results.push(result)
      say(told(result))
    }
    return { title, results }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end)
    clear()
  }
}

async function main(words: readonly string[]): Promise<number> {
  const means = (word: string, version: NodeVersion): boolean => `${version}.`.startsWith(`${word}.`)
  const wanted = nodeVersions.filter(
    (version) => words.length === 0 || words.some((word) => means(word, version)),
  )
  const unknown = words.filter((word) => !nodeVersions.some((version) => means(word, version)))
  if (unknown.length > 0) {
    say(`npm run test:node [-- VERSION…]: of ${nodeVersions.join(', ')}; not ${unknown.join(', ')}`)
    return 2
  }
  const runs: Run[] = []
  for (const version of wanted) runs.push(await runOn(version))
  process.stdout.write(summary(runs))
  return runs.every(({ results }) => results.every(({ faults }) => faults.length === 0)) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
