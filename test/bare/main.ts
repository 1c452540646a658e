/**
 * `npm run test:bare`: a Debian with nothing but git, node and npm, in namespaces of its own, where a newcomer follows
 * README.md. Needs root, and the network that this machine reaches the registries by.
 */
import { openBareSystem, type Account, type BareSystem } from './bare-system.ts'
import { baseSystem } from './base-system.ts'
import { watchInstalled } from './list-of-requirements.ts'
import { readMachine } from './machine.ts'
import type { Release } from './releases.ts'
import { firstCommand, readmeHour, starts, wishes } from './newcomer.ts'
import { runStep, type StepResult } from './run-step.ts'
import { setUpWithoutRoot } from './set-up-without-root.ts'
import { removeUnnamed } from './unnamed-programs.ts'
import { setUpLimit } from './step.ts'
import { summary, told } from './summary.ts'
import { followTutorial } from './tutorial.ts'
import { readWords, usage, type Wanted } from './words.ts'

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Milliseconds for what takes longer than others. */
const limits: Readonly<Record<string, number>> = { [firstCommand]: setUpLimit, 'npm test': 90 * 60_000 }

/** For a lab and its end, on a machine that may be busy. */
const secondsOfStart = 60

interface Run {
  readonly title: string
  readonly results: readonly StepResult[]
}

async function main(words: readonly string[]): Promise<number> {
  let wanted: Wanted | 'help'
  try {
    wanted = readWords(words)
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  if (wanted === 'help') {
    process.stdout.write(usage)
    return 0
  }
  if (process.getuid?.() !== 0) {
    say('test:bare builds a Debian and enters it, which needs root: sudo npm run test:bare')
    return 3
  }
  const runs: Run[] = []
  for (const release of wanted.releases)
    for (const account of wanted.accounts) runs.push(await runOne(release, account, wanted))
  process.stdout.write(summary(runs))
  return runs.every(({ results }) => results.every(({ faults }) => faults.length === 0)) ? 0 : 1
}

async function runOne(release: Release, account: Account, wanted: Wanted): Promise<Run> {
  const title = `Debian ${release}, ${account === 'root' ? 'root' : 'a user'}`
  say(`\n${title}`)
  const tarball = baseSystem(release, say)
  const system = await openBareSystem(tarball, `debian-${release}`, account, readMachine())
  const end = (): void => {
    system.close()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  try {
    const results: StepResult[] = []
    const add = (result: StepResult): void => {
      results.push(result)
      say(told(result))
    }
    const installed = await watchInstalled(
      system,
      wanted.withTests ? ['demo', 'lab', 'test'] : ['demo', 'lab'],
    )
    if (account === 'user') add(await setUpWithoutRoot(system))
    for (const step of readmeHour(wanted.withTests)) {
      add(await runStep(system, step, limits[step.command]))
      if (step.command !== firstCommand) continue
      // Nothing that follows could tell more.
      if (results.some(({ faults }) => faults.length > 0)) return { title, results }
      // The tests use git and more of what a contributor has.
      if (!wanted.withTests) add(await removeUnnamed(system))
    }
    for await (const result of followTutorial(system)) add(result)
    for (const step of wishes) add(await runStep(system, step))
    add(await runStep(system, starts(wanted.starts), wanted.starts * secondsOfStart * 1000))
    add(await installed())
    if (wanted.keep) await keep(system)
    return { title, results }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end)
    system.close()
  }
}

/** Until Ctrl-C. */
async function keep(system: BareSystem): Promise<void> {
  const words = [...system.entry(), 'bash']
  say(`The system stays until Ctrl-C. A shell in it:\n  ${words.map(quoted).join(' ')}`)
  await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1))
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

process.exitCode = await main(process.argv.slice(2))
