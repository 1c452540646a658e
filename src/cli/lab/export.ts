import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import { exitStatus } from '../../model/result/exit-status.ts'
import { eksctlFiles } from '../../lab/export/files.ts'
import { labVersions } from '../../lab/export/versions.ts'
import { planTopology } from '../../lab/plan/topology.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import { makeDirectories } from '../../own/make-directories.ts'
import type { Context } from '../process/context.ts'
import { unwritable, UsageError } from '../process/failure.ts'
import { addLabFlags, labOptionsOf, type LabFlags } from './options.ts'
import { yamlText } from '../output/yaml.ts'

interface ExportFlags extends LabFlags {
  readonly to: 'eksctl'
  readonly out: string
}

/** `podpath lab export --to eksctl` */
export function addLabExport(lab: Command, context: Context): void {
  addLabFlags(
    lab.command('export').description('write the files that build the same cluster in AWS; asks AWS nothing'),
  )
    .addOption(new Option('--to <tool>', 'what builds it').choices(['eksctl']).default('eksctl'))
    .option('--out <directory>', 'where to write them: a new or an empty directory', 'podpath-lab-eksctl')
    .addHelpText(
      'after',
      `
Examples:
  podpath lab export --to eksctl --out my-cluster
  cat my-cluster/README.md                what it costs, how to remove it`,
    )
    .action((flags: ExportFlags) =>
      context.run(async () => {
        const topology = planTopology(labOptionsOf('export', flags))
        const files = eksctlFiles(topology, labVersions(flags.ami))
        try {
          makeDirectories(flags.out)
          if (readdirSync(flags.out).length > 0) throw new UsageError((usage) => usage.notEmpty(flags.out))
          for (const { name, content, executable } of files)
            writeFileSync(
              join(flags.out, name),
              typeof content === 'string' ? content : await yamlText(content),
              { mode: executable ? 0o755 : 0o644 },
            )
        } catch (error) {
          throw error instanceof UsageError ? error : unwritable(`--out ${flags.out}`, error)
        }
        context.io.err(`${catalogue(context.language()).command.exported(files.length, flags.out)}\n`)
        return exitStatus.fine
      }),
    )
}
