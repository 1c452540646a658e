import type { Command } from 'commander'
import { askDiagnose } from '../app/questions/diagnose.ts'
import { exitStatus, exitStatusOf, type ExitStatus } from '../model/result/exit-status.ts'
import { addInventoryFlags, withInventory, type InventoryFlags } from './options/inventory.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output/result.ts'
import type { Context } from './process/context.ts'

interface DiagnoseFlags extends InventoryFlags, OutputFlags {}

/** `podpath diagnose` */
export function addDiagnose(program: Command, context: Context): void {
  const command = addInventoryFlags(
    program
      .command('diagnose')
      .description('what is wrong: lines and objects that are not as they should be, by what they break'),
  )
  addOutputFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  podpath diagnose --lab
  podpath diagnose --context my-cluster
  podpath diagnose --bundle bundle --json

Exit status: 0 no pair of pods, services and the internet that was looked at
fails, 1 some do, or it is not decided.`,
    )
    .action((flags: DiagnoseFlags) => context.run(() => run(context, flags)))
}

async function run(context: Context, flags: DiagnoseFlags): Promise<ExitStatus> {
  const output = outputOf(flags)
  const language = context.language()
  return withInventory(
    context,
    'diagnose',
    flags,
    (inventory) => askDiagnose(inventory, language),
    (result) => {
      writeResult(context, output, result)
      return result.verdict === 'delivered' ? exitStatus.fine : exitStatusOf(result)
    },
  )
}
