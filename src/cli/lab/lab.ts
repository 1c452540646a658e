import type { Command } from 'commander'
import { exitStatus } from '../../model/result/exit-status.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import { startLab, stopLab } from '../../lab/daemon/lab.ts'
import { missingHere } from '../../lab/daemon/requirements.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import { findLab, kubeconfigPath, labOption, labsDirectory } from '../../lab/daemon/record/registry.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { lineFor } from '../../lab/requirements/this-machine.ts'
import type { Context } from '../process/context.ts'
import { clientPlaces } from '../process/data-directory.ts'
import { addBudgetFlags, budgetOf, type BudgetFlags } from './budget.ts'
import { addLabFaults } from './break.ts'
import { addLabExercise } from './exercise.ts'
import { addLabExport } from './export.ts'
import { addLabShell } from './shell.ts'
import { addLabStatus } from './status.ts'
import { addLabFlags, labOptionsOf, type LabFlags } from './options.ts'
import { packageRoot } from '../process/package-root.ts'
import { progressLine } from '../output/progress-line.ts'

/** `podpath lab …` */
export function addLab(program: Command, context: Context): void {
  const lab = program
    .command('lab')
    .description('a whole EKS pod network on this machine, in network namespaces')
    .addHelpText(
      'after',
      `
Examples:
  podpath lab up        three nodes, three pods, CoreDNS, a VPC and an internet
  podpath lab shell     its bastion's prompt, with kubectl, aws and ssh
  podpath lab status
  KUBECONFIG=$(podpath lab kubeconfig) kubectl get pods -A -o wide
  podpath verify --lab
  podpath lab down`,
    )

  addBudgetFlags(addLabFlags(lab.command('up').description('start a lab; it stays until `podpath lab down`')))
    .option('--name <name>', 'several labs may be up, each with a name', 'default')
    .option('--incomplete', 'start it also where programs of its shell and its nodes are missing', false)
    .addHelpText(
      'after',
      `
Examples:
  podpath lab up
  podpath lab up --nodes 5 --ami al2023 --instance-type m5.large
  podpath lab up --subnets private
  podpath lab up --memory 2g --disk 512m
  podpath lab up --name second`,
    )
    .action((flags: UpFlags) => context.run(() => up(context, flags)))

  addLabStatus(lab, context, runningLab)
  addLabShell(lab, context, runningLab)
  addLabFaults(lab, context, runningLab)
  addLabExercise(lab, context, runningLab)
  addLabExport(lab, context)

  lab
    .command('kubeconfig')
    .description('print the path of the lab’s kubeconfig')
    .option('--name <name>', 'which lab', 'default')
    .addHelpText(
      'after',
      `
Examples:
  KUBECONFIG=$(podpath lab kubeconfig) kubectl get pods -A -o wide
  export KUBECONFIG=$(podpath lab kubeconfig)`,
    )
    .action((flags: { name: string }) =>
      context.run(() => {
        context.io.out(`${kubeconfigPath(runningLab(context, flags.name))}\n`)
        return Promise.resolve(exitStatus.fine)
      }),
    )

  lab
    .command('down')
    .description('end a lab: nothing of it stays')
    .option('--name <name>', 'which lab', 'default')
    .addHelpText(
      'after',
      `
Examples:
  podpath lab down
  podpath lab down --name second`,
    )
    .action((flags: { name: string }) =>
      context.run(async () => {
        await stopLab(labsDirectory(context.io.environment), flags.name)
        context.io.err(`${catalogue(context.language()).progress.labGone}\n`)
        return exitStatus.fine
      }),
    )
}

export function runningLab(context: Context, name: string): LabRecord {
  const record = findLab(labsDirectory(context.io.environment), name)
  if (record?.state !== 'up') throw new LabError({ kind: 'not-up', name, option: labOption(name) })
  return record
}

interface UpFlags extends LabFlags, BudgetFlags {
  readonly name: string
  readonly incomplete: boolean
}

async function up(context: Context, flags: UpFlags) {
  const { io, signal } = context
  const language: Language = context.language()
  const line = progressLine(io, language, false)
  const began = performance.now()
  const lab = labOptionsOf(flags.name, flags)
  const clients = clientPlaces(io)
  line.progress((say) => say.labStarting(lab.nodes, 3))
  try {
    const started = await startLab({
      lab,
      labs: labsDirectory(io.environment),
      packageRoot: packageRoot(),
      need: flags.incomplete ? 'demo' : 'lab',
      clients,
      anyway: 'podpath lab up --incomplete',
      budget: budgetOf(flags),
      tied: false,
      progress: () => undefined,
      signal,
    })
    line.clear()
    const missing = flags.incomplete ? missingHere('lab', clients) : []
    if (missing.length > 0)
      io.err(
        `${catalogue(language).progress.labIncomplete(
          missing.map(({ programs, purpose }) => `${programs.join(', ')} (${purpose[language]})`),
          lineFor(missing),
        )}\n`,
      )
    io.err(`${catalogue(language).progress.labReady(Math.round(performance.now() - began))}\n`)
    if (started.record.groups === null) io.err(`${catalogue(language).progress.labUnlimited}\n`)
    io.err(`  export KUBECONFIG=${kubeconfigPath(started.record)}\n`)
    return exitStatus.fine
  } finally {
    line.clear()
  }
}
