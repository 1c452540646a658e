import { randomInt } from 'node:crypto'
import { Argument, InvalidArgumentError, Option, type Command } from 'commander'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { labOption } from '../../lab/daemon/record/registry.ts'
import { brokenIn, writeBroken, type Broken } from '../../lab/fault/broken.ts'
import { faults } from '../../lab/fault/catalogue.ts'
import { chooseFaults, exerciseIn, levels, writeExercise, type Level } from '../../lab/fault/exercise.ts'
import type { Remedy } from '../../lab/fault/fault.ts'
import { faultCodes, faultRooms, type FaultCode, type FaultRoom } from '../../model/lab/fault.ts'
import { wrap } from '../../report/terminal/text-width.ts'
import type { Context } from '../process/context.ts'
import { UsageError } from '../process/failure.ts'
import { doFault } from './do-fault.ts'
import { chooseVictim, viewNodes, type NoVictim, type Victim } from './fault-target.ts'
import { nameOf, trialWords } from './fault-trial.ts'
import { heal, isCalled } from './heal.ts'
import { onLabNodes } from './on-lab-nodes.ts'

interface BreakFlags {
  readonly name: string
  readonly pod?: string
  readonly random?: boolean
  readonly level: Level
}

/** `podpath lab break` and `podpath lab heal`: real failures, done to a lab, for people to find. */
export function addLabFaults(
  lab: Command,
  context: Context,
  running: (context: Context, name: string) => LabRecord,
): void {
  lab
    .command('break')
    .description(
      'break something in a lab as it breaks in real clusters, to see it found; alone, lists what can be broken',
    )
    .addArgument(new Argument('[fault]', 'which one').choices(faultCodes))
    .option('--name <name>', 'which lab', 'default')
    .option('--pod <pod>', 'the pod whose packets suffer, as [NAMESPACE/]NAME (default: one that fits)')
    .addOption(new Option('--random', 'by chance, and it is not told which: an exercise'))
    .addOption(
      new Option(
        '--level <n>',
        'of the exercise: 1 drops where it stands, 2 misdirects or lacks a line, 3 are two at once',
      )
        .default(1, '1')
        .argParser((text: string) => levelOf(text)),
    )
    .addHelpText(
      'after',
      `
Examples:
  podpath lab break                 what can be broken, and where people meet it
  podpath lab break forward-policy  then: podpath trace …, as it says
  podpath lab break --random        find it; then: podpath lab solve FAULT
  podpath lab break --random --level 3
  podpath lab heal                  undo everything, and tell what it was`,
    )
    .action((code: FaultCode | undefined, flags: BreakFlags) =>
      context.run(() => {
        if (code !== undefined && flags.random === true)
          throw new UsageError((usage) => usage.randomAndNamed(code))
        if (code !== undefined) return breakOne(context, running(context, flags.name), code, flags.pod)
        return flags.random === true
          ? breakByChance(context, running(context, flags.name), flags.level, flags.pod)
          : Promise.resolve(list(context))
      }),
    )

  lab
    .command('heal')
    .description('undo what `lab break` did')
    .addArgument(new Argument('[fault]', 'which one (default: all)').choices(faultCodes))
    .option('--name <name>', 'which lab', 'default')
    .addHelpText(
      'after',
      `
Examples:
  podpath lab heal                      everything
  podpath lab heal forward-policy`,
    )
    .action((code: FaultCode | undefined, flags: { readonly name: string }) =>
      context.run(() => heal(context, running(context, flags.name), isCalled(code))),
    )
}

function levelOf(text: string): Level {
  const level = levels.find((one) => String(one) === text)
  if (level === undefined) throw new InvalidArgumentError(`Allowed choices are ${levels.join(', ')}.`)
  return level
}

function list(context: Context): ExitStatus {
  const words = catalogue(context.language()).fault
  const room = context.io.terminal ? context.io.width - 4 : 76
  context.io.out(`${words.title}\n`)
  for (const [name, codes] of Object.entries(faultRooms)) {
    context.io.out(`\n${words.rooms[name as FaultRoom]}\n`)
    for (const code of codes) {
      const { done, met } = words.faults[code]
      context.io.out(`  ${code}\n`)
      for (const line of wrap(`${done} (${met})`, room)) context.io.out(`    ${line}\n`)
    }
  }
  return exitStatus.fine
}

async function breakOne(
  context: Context,
  record: LabRecord,
  code: FaultCode,
  pod: string | undefined,
): Promise<ExitStatus> {
  const words = catalogue(context.language()).fault
  const before = brokenIn(record)
  if (before.some((one) => one.code === code))
    throw new UsageError((usage) =>
      usage.alreadyBroken(code, `podpath lab heal ${code}${labOption(record.name)}`),
    )
  if (!isFailure(record, code))
    throw new UsageError((usage) => usage.notInSubnets(code, record.options.subnets))
  const broken = await onLabNodes(context, record, async (agents, facts) => {
    const victim = chooseVictim(faults[code], facts, await viewNodes(agents), pod)
    if ('problem' in victim) throw noVictim(code, victim.problem)
    return broke(record, code, victim, await doFault(record, agents, code, victim), false)
  })
  writeBroken(record, [...before, broken])
  context.io.out(`${words.broke(broken.node, broken.pod)}: ${words.faults[code].done}\n`)
  context.io.out(`  ${words.show}: ${['podpath', 'trace', ...broken.trial].join(' ')}\n`)
  context.io.out(`  ${words.heal}: podpath lab heal${labOption(record.name)}\n`)
  return exitStatus.fine
}

/** Breaks what nobody is told, and begins to count. */
async function breakByChance(
  context: Context,
  record: LabRecord,
  level: Level,
  pod: string | undefined,
): Promise<ExitStatus> {
  const words = catalogue(context.language()).fault
  const option = labOption(record.name)
  if (exerciseIn(record)) throw new UsageError((usage) => usage.exerciseRuns(`podpath lab heal${option}`))
  const before = brokenIn(record)
  await onLabNodes(context, record, async (agents, facts) => {
    const views = await viewNodes(agents)
    const victims = new Map(
      faultCodes
        .filter((code) => isFailure(record, code) && before.every((one) => one.code !== code))
        .flatMap((code) => {
          const victim = chooseVictim(faults[code], facts, views, pod)
          return 'problem' in victim ? [] : [[code, victim] as const]
        }),
    )
    const chosen = chooseFaults(level, [...victims.keys()], randomInt)
    if (chosen === null) throw new LabError({ kind: 'all-broken' })
    const done = [...before]
    for (const code of chosen) {
      const victim = victims.get(code)
      if (!victim) continue
      done.push(broke(record, code, victim, await doFault(record, agents, code, victim), true))
      writeBroken(record, done)
    }
  })
  writeExercise(record, { level, since: new Date().toISOString(), hints: 0, questions: 0 })
  context.io.out(`${words.exercise.begun(level)}\n`)
  context.io.out(`  ${words.exercise.forHint}: podpath lab hint${option}\n`)
  context.io.out(`  ${words.exercise.forAnswer}: podpath lab solve FAULT${option}\n`)
  return exitStatus.fine
}

const isFailure = ({ options: { subnets } }: LabRecord, code: FaultCode): boolean =>
  (faults[code].only ?? `${subnets}-subnets`) === `${subnets}-subnets`

const noVictim = (code: FaultCode, problem: NoVictim): UsageError =>
  new UsageError((usage, words) => {
    // The table pairs each kind with its own facts; TypeScript cannot follow that through the union.
    const say = words.noVictim[problem.kind] as (facts: NoVictim) => string
    return usage.noVictim(code, say(problem))
  })

const broke = (
  record: LabRecord,
  code: FaultCode,
  victim: Victim,
  remedy: Remedy,
  secret: boolean,
): Broken => ({
  code,
  secret,
  node: victim.node,
  pod: nameOf(victim.pod),
  trial: [
    ...trialWords(faults[code].trial, victim),
    record.name === 'default' ? '--lab' : `--lab=${record.name}`,
  ],
  remedy,
  since: new Date().toISOString(),
})
