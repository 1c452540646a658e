import { open } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import type { Changes } from '../app/change/change.ts'
import { readExpectations, type Expectation } from '../app/change/read-expectations.ts'
import { askChange } from '../app/questions/change.ts'
import { ChangeError } from '../change/change-error.ts'
import { TooMuch } from '../edge/budget.ts'
import { readText } from '../edge/read-text.ts'
import type { ChangeResult } from '../model/result/change.ts'
import { exitStatus, type ExitStatus } from '../model/result/exit-status.ts'
import { renderChangeJson } from '../report/json.ts'
import { renderMarkdownChange } from '../report/markdown/change.ts'
import { renderTerminalChange } from '../report/terminal/change.ts'
import { addInventoryFlags, openRecording, withInventory, type InventoryFlags } from './options/inventory.ts'
import { terminalOptions } from './output/result.ts'
import { writeReport } from './output/write-report.ts'
import type { Context } from './process/context.ts'
import { UsageError } from './process/failure.ts'

const formats = ['text', 'json', 'markdown'] as const

interface ChangeFlags extends InventoryFlags {
  readonly apply: readonly string[]
  readonly setEnv?: readonly string[]
  readonly run: readonly string[]
  readonly on: readonly string[]
  readonly aws: readonly string[]
  readonly cure: readonly string[]
  readonly before?: string
  readonly after?: string
  readonly expect?: string
  readonly output?: (typeof formats)[number]
  readonly json?: boolean
  readonly out?: string
}

const collect = (one: string, before: readonly string[]): readonly string[] => [...before, one]

/** `podpath change` */
export function addChange(program: Command, context: Context): void {
  const command = addInventoryFlags(
    program
      .command('change')
      .description('what a change would do to who reaches whom, before it is done; nothing is changed'),
  )
  command
    .option(
      '--apply <file>',
      'objects of Kubernetes as they would be: NetworkPolicy, Service, labels of Deployment, Pod, Namespace; - is standard input',
      collect,
      [],
    )
    .option('--set-env <words...>', 'daemonset/aws-node KEY=VALUE…, or KEY- to take one away')
    .option(
      '--run <command>',
      'an iptables, ip6tables, ip, sysctl or nft command that is typed on a node',
      collect,
      [],
    )
    .option('--on <node>', 'where --run is typed: a node, or a pod whose network it is', collect, [])
    .option('--aws <command>', 'a command of aws ec2 that changes the VPC', collect, [])
    .option('--cure <code>', 'the cure of a cause that podpath diagnose names', collect, [])
    .option('--before <path>', 'a recorded snapshot, and what is otherwise in the one of --after')
    .option('--after <path>', 'the second of two snapshots')
    .option('--expect <file>', 'a YAML table of who may reach whom; what it breaks is told')
    .addOption(new Option('--output <format>', 'how the result is written').choices(formats))
    .option('--json', 'short for --output json')
    .option('--out <file>', 'write the result to a file instead of standard output')
    .addHelpText(
      'after',
      `
Examples:
  podpath change --lab --apply deny-all.yaml
  podpath change --lab --set-env daemonset/aws-node AWS_VPC_K8S_CNI_EXTERNALSNAT=true
  podpath change --lab --run "iptables -I FORWARD -p tcp --dport 80 -j DROP" --on NODE
  podpath change --context my-cluster --aws "revoke-security-group-ingress --group-id sg-0123 --protocol all --cidr 10.0.0.0/8"
  podpath change --bundle bundle --cure SECURITY_GROUP_CLOSED --json
  podpath change --before monday --after tuesday --expect reach.yaml

Several changes are made in the order --apply, --set-env, --run, --aws, --cure.

Exit status: 0 told, 1 an expectation is broken or not decided.`,
    )
    .action((flags: ChangeFlags) => context.run(() => run(context, flags)))
}

async function run(context: Context, flags: ChangeFlags): Promise<ExitStatus> {
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    throw new UsageError((usage) => usage.contradict('--json', `--output ${flags.output ?? ''}`))
  const changes = await changesOf(flags)
  const expectations: readonly Expectation[] =
    flags.expect === undefined ? [] : readExpectations(await textOf('--expect', flags.expect))
  const language = context.language()
  const { before, after } = flags
  return withInventory(
    context,
    'change',
    before === undefined ? flags : { ...flags, bundle: [before] },
    async (inventory, line) =>
      askChange(inventory, {
        change:
          after === undefined
            ? { kind: 'edits', changes }
            : { kind: 'snapshot', after: await openRecording(context, flags, [after], line) },
        expectations,
        language,
      }),
    (result) => {
      write(context, flags, result)
      return result.verdict === 'delivered' ? exitStatus.fine : exitStatus.findings
    },
  )
}

async function changesOf(flags: ChangeFlags): Promise<Changes> {
  const { apply, setEnv = [], run: commands, on, aws, cure, before, after, expect, bundle } = flags
  const some = [apply, setEnv, commands, aws, cure].some((list) => list.length > 0)
  if (before !== undefined || after !== undefined) {
    if (before === undefined || after === undefined || some || bundle.length > 0)
      throw new UsageError((usage) => usage.bothSnapshots)
  } else if (!some && expect === undefined) throw new UsageError((usage) => usage.nothingToChange)
  if (commands.length > 0 && on.length === 0) throw new UsageError((usage) => usage.runWithoutNode)
  if (commands.length === 0 && on.length > 0) throw new UsageError((usage) => usage.nodeWithoutRun)
  return {
    apply: await Promise.all(apply.map(async (file) => ({ file, text: await textOf('--apply', file) }))),
    setEnv,
    run: commands,
    on,
    aws,
    cure,
  }
}

/** Octets of a file of YAML. */
const mostText = 1024 * 1024

async function textOf(option: string, path: string): Promise<string> {
  try {
    const file = await open(path === '-' ? '/dev/stdin' : path)
    try {
      return await readText(file, `${option} ${path}`, mostText)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof TooMuch) throw new ChangeError({ code: 'too-long', what: path, most: mostText })
    throw new UsageError((usage) => usage.unreadable(option, path), { cause: error })
  }
}

function write(context: Context, flags: ChangeFlags, result: ChangeResult): void {
  const format = flags.json === true ? 'json' : (flags.output ?? 'text')
  const text =
    format === 'json'
      ? renderChangeJson(result)
      : format === 'markdown'
        ? renderMarkdownChange(result, context.language())
        : renderTerminalChange(result, terminalOptions(context, flags.out !== undefined))
  writeReport(context, text, flags.out ?? null)
}
