import { Argument, type Command } from 'commander'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { FaultSentences } from '../../i18n/sentences/fault-sentences.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { labOption } from '../../lab/daemon/record/registry.ts'
import { brokenIn, type Broken } from '../../lab/fault/broken.ts'
import { faults } from '../../lab/fault/catalogue.ts'
import { exerciseIn, roomOf, scoreOf, writeExercise, type Exercise } from '../../lab/fault/exercise.ts'
import { faultCodes, type FaultCode } from '../../model/lab/fault.ts'
import type { Context } from '../process/context.ts'
import { UsageError } from '../process/failure.ts'
import { heal } from './heal.ts'

/** `podpath lab hint` and `podpath lab solve`: what goes with `podpath lab break --random`. */
export function addLabExercise(
  lab: Command,
  context: Context,
  running: (context: Context, name: string) => LabRecord,
): void {
  lab
    .command('hint')
    .description('one more hint to what `lab break --random` broke')
    .option('--name <name>', 'which lab', 'default')
    .addHelpText(
      'after',
      `
Each costs ten points of the hundred.

Examples:
  podpath lab hint                      first which flow, then where, and so on`,
    )
    .action((flags: { readonly name: string }) =>
      context.run(() => Promise.resolve(hint(context, running(context, flags.name)))),
    )

  lab
    .command('solve')
    .description('name what `lab break --random` broke; it is undone, and your search gets a score')
    .addArgument(new Argument('<fault...>', 'its name, of those that `lab break` lists').choices(faultCodes))
    .option('--name <name>', 'which lab', 'default')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
A hundred points; ten less for each hint and each wrong name, one for each look
at the lab after the fifth, and one for each minute after the fifth.

Exit status 1: not everything was named.

Examples:
  podpath lab solve forward-policy
  podpath lab solve blackhole-route security-group-closed   of level 3`,
    )
    .action((answer: readonly FaultCode[], flags: { readonly name: string; readonly json?: boolean }) =>
      context.run(() => solve(context, running(context, flags.name), answer, flags.json === true)),
    )
}

function exerciseOf(record: LabRecord): { readonly exercise: Exercise; readonly secrets: readonly Broken[] } {
  const exercise = exerciseIn(record)
  const secrets = brokenIn(record).filter(({ secret }) => secret)
  if (!exercise || secrets.length === 0)
    throw new UsageError((usage) => usage.noExercise(`podpath lab break --random${labOption(record.name)}`))
  return { exercise, secrets }
}

function hint(context: Context, record: LabRecord): ExitStatus {
  const words = catalogue(context.language()).fault
  const { exercise, secrets } = exerciseOf(record)
  const all = hintsOf(secrets, words)
  const text = all[exercise.hints]
  if (text === undefined) {
    context.io.out(`${words.exercise.noMoreHints}\n`)
    return exitStatus.fine
  }
  const hints = exercise.hints + 1
  writeExercise(record, { ...exercise, hints })
  context.io.out(`${words.exercise.hint(hints, all.length)}: ${text}\n`)
  return exitStatus.fine
}

/** From what one sees to what it is, and of several the same of each before the next. */
const hintsOf = (secrets: readonly Broken[], words: FaultSentences): readonly string[] => {
  const kinds: readonly ((one: Broken) => string)[] = [
    ({ trial }) => words.exercise.flow(['podpath', 'trace', ...trial].join(' '), secrets.length),
    ({ code }) => words.rooms[roomOf(code)],
    ({ code, node, pod }) => {
      const { at } = faults[code]
      if (at === 'node' || at === 'pod') return words.exercise.place(at, node, pod)
      return words.exercise.shownBy(pod)
    },
    ({ code }) => words.exercise.met(words.faults[code].met),
    ({ code }) => words.faults[code].done,
  ]
  return kinds.flatMap((kind) => secrets.map(kind))
}

async function solve(
  context: Context,
  record: LabRecord,
  answer: readonly FaultCode[],
  json: boolean,
): Promise<ExitStatus> {
  const words = catalogue(context.language()).fault
  const { exercise, secrets } = exerciseOf(record)
  const score = scoreOf(
    exercise,
    secrets.map(({ code }) => code),
    answer,
    Date.now(),
  )
  const { named, missed, wrong } = score
  if (json) context.io.out(`${JSON.stringify({ version: 1, level: exercise.level, ...score })}\n`)
  else {
    for (const code of named) context.io.out(`${words.exercise.right(code)}\n`)
    for (const code of wrong) context.io.out(`${words.exercise.wrong(code)}\n`)
    for (const code of missed) context.io.out(`${words.exercise.missed(code)}: ${words.faults[code].done}\n`)
    context.io.out(`${words.exercise.score(score)}\n`)
  }
  const quiet = { ...context.io, out: () => undefined }
  const healed = await heal(json ? { ...context, io: quiet } : context, record, ({ secret }) => secret)
  if (healed !== exitStatus.fine) return healed
  return missed.length === 0 ? exitStatus.fine : exitStatus.findings
}
