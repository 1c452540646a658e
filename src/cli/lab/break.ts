import { randomInt } from 'node:crypto'
import { Argument, Option, type Command } from 'commander'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import type { LabRecord } from '../../lab/daemon/record.ts'
import { labOption } from '../../lab/daemon/registry.ts'
import { brokenIn, writeBroken, type Broken } from '../../lab/fault/broken.ts'
import { faults } from '../../lab/fault/catalogue.ts'
import type { Remedy } from '../../lab/fault/fault.ts'
import { faultCodes, faultRooms, type FaultCode, type FaultRoom } from '../../model/lab/fault.ts'
import { wrap } from '../../report/terminal/text-width.ts'
import type { Context } from '../process/context.ts'
import { errorSentence, UsageError } from '../process/failure.ts'
import { doFault, undoFault } from './do-fault.ts'
import { chooseVictim, viewNodes, type NoVictim, type Victim } from './fault-target.ts'
import { nameOf, trialWords } from './fault-trial.ts'
import { onLabNodes } from './on-lab-nodes.ts'

interface BreakFlags {
  readonly name: string
  readonly pod?: string
  readonly random?: boolean
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
    .addOption(new Option('--random', 'one by chance, and it is not told which'))
    .addHelpText(
      'after',
      `
Examples:
  podpath lab break                 what can be broken, and where people meet it
  podpath lab break forward-policy  then: podpath trace …, as it says
  podpath lab break --random        find it yourself
  podpath lab heal                  undo everything, and tell what it was`,
    )
    .action((code: FaultCode | undefined, flags: BreakFlags) =>
      context.run(() =>
        code === undefined && flags.random !== true
          ? Promise.resolve(list(context))
          : breakOne(context, running(context, flags.name), code, flags),
      ),
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
      context.run(() => heal(context, running(context, flags.name), code)),
    )
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
  wanted: FaultCode | undefined,
  flags: BreakFlags,
): Promise<ExitStatus> {
  const words = catalogue(context.language()).fault
  const before = brokenIn(record)
  if (wanted !== undefined && before.some((one) => one.code === wanted))
    throw new UsageError((usage) =>
      usage.alreadyBroken(wanted, `podpath lab heal ${wanted}${labOption(record.name)}`),
    )
  const isFailure = (code: FaultCode): boolean =>
    (faults[code].only ?? `${record.options.subnets}-subnets`) === `${record.options.subnets}-subnets`
  const broken = await onLabNodes(context, record, async (agents, facts) => {
    const views = await viewNodes(agents)
    const free = faultCodes.filter((code) => before.every((one) => one.code !== code))
    const fitting = wanted === undefined ? free.filter((code) => fits(code)) : [wanted]
    const code = fitting[fitting.length === 1 ? 0 : randomInt(fitting.length)]
    if (code === undefined) throw new LabError({ kind: 'all-broken' })
    if (!isFailure(code)) throw new UsageError((usage) => usage.notInSubnets(code, record.options.subnets))
    const victim = chooseVictim(faults[code], facts, views, flags.pod)
    if ('problem' in victim) throw noVictim(code, victim.problem)
    return broke(record, code, victim, await doFault(record, agents, code, victim), wanted === undefined)

    function fits(one: FaultCode): boolean {
      return isFailure(one) && !('problem' in chooseVictim(faults[one], facts, views, flags.pod))
    }
  })
  writeBroken(record, [...before, broken])
  const trial = ['podpath', 'trace', ...broken.trial].join(' ')
  context.io.out(
    broken.secret
      ? `${words.brokeSecretly}\n`
      : `${words.broke(broken.node, broken.pod)}: ${words.faults[broken.code].done}\n`,
  )
  context.io.out(`  ${words.show}: ${trial}\n`)
  context.io.out(`  ${words.heal}: podpath lab heal${labOption(record.name)}\n`)
  return exitStatus.fine
}

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

async function heal(context: Context, record: LabRecord, code: FaultCode | undefined): Promise<ExitStatus> {
  const words = catalogue(context.language()).fault
  const all = brokenIn(record)
  const chosen = code === undefined ? all : all.filter((one) => one.code === code)
  if (chosen.length === 0) {
    context.io.out(`${words.nothingBroken}\n`)
    return exitStatus.fine
  }
  const left = new Set(all)
  let status: ExitStatus = exitStatus.fine
  await onLabNodes(context, record, async (agents) => {
    // The last first: a later change may stand on an earlier one.
    for (const one of chosen.toReversed()) {
      try {
        await undoFault(record, agents, one.remedy)
        left.delete(one)
        writeBroken(record, [...left])
        context.io.out(`${words.healed(one.node)}: ${one.code} – ${words.faults[one.code].done}\n`)
      } catch (error) {
        status = exitStatus.environment
        const { command } = catalogue(context.language())
        const because = errorSentence(error, catalogue(context.language()))
        context.io.err(`podpath: ${command.stillBroken(one.code, because)}\n`)
      }
    }
  })
  return status
}
