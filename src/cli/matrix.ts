import { Option, type Command } from 'commander'
import { probeProtocols } from '../app/probe-pairs.ts'
import { askMatrix, type MatrixQuestion } from '../app/questions/matrix.ts'
import { given } from '../edge/given.ts'
import type { Language } from '../i18n/language.ts'
import { TCP } from '../model/packet/packet.ts'
import { exitStatus, type ExitStatus } from '../model/result/exit-status.ts'
import { isClassMatrix, type ClassMatrix } from '../model/result/class-matrix.ts'
import type { MatrixResult } from '../model/result/matrix.ts'
import { renderClassMatrixJson } from '../report/class-matrix-json.ts'
import { renderMatrixJson } from '../report/json.ts'
import { renderMarkdownClassMatrix } from '../report/markdown/class-matrix.ts'
import { renderMarkdownMatrix } from '../report/markdown/matrix.ts'
import { renderTerminalClassMatrix } from '../report/terminal/class-matrix.ts'
import { renderTerminalMatrix } from '../report/terminal/matrix.ts'
import { addProtocolFlag, flowOf, type FlowFlags } from './options/flow.ts'
import { addInventoryFlags, withInventory, type InventoryFlags } from './options/inventory.ts'
import { wholeNumber } from './options/number.ts'
import { terminalOptions } from './output/result.ts'
import { writeReport, writeReportInPieces } from './output/write-report.ts'
import type { Context } from './process/context.ts'
import { UsageError } from './process/failure.ts'

const formats = ['text', 'json', 'markdown'] as const

interface MatrixFlags extends InventoryFlags, FlowFlags {
  readonly to?: readonly string[]
  readonly probe?: boolean
  readonly timeout: string
  readonly output?: (typeof formats)[number]
  readonly json?: boolean
  readonly out?: string
}

/** `podpath matrix` */
export function addMatrix(program: Command, context: Context): void {
  const command = addInventoryFlags(
    program
      .command('matrix')
      .description('who reaches whom: every pair predicted from one snapshot, and tried with --probe')
      .argument(
        '[endpoints...]',
        '[NAMESPACE/]POD, deploy/NAME, node/NAME; or a stack of the bundle (default: every pod)',
      ),
  )
  addProtocolFlag(
    command.option(
      '--to <endpoint...>',
      'receivers besides: any of these, svc/[NAMESPACE/]NAME[:PORT], an address',
    ),
  )
    .option('--port <n>', 'destination port (default: the service’s)')
    .option('--probe', 'send a ping or open a TCP connection for every pair, and compare')
    .option('--timeout <seconds>', 'to wait for each answer', '1')
    .addOption(new Option('--output <format>', 'how the result is written').choices(formats))
    .option('--json', 'short for --output json')
    .option('--out <file>', 'write the result to a file instead of standard output')
    .addHelpText(
      'after',
      `
Examples:
  podpath matrix --lab
  podpath matrix --lab --probe
  podpath matrix deploy/web deploy/db --to svc/db:5432 --protocol tcp --context my-cluster
  podpath matrix --bundle bundle deploy/web --to svc/db:5432 --protocol tcp
  podpath matrix --bundle bundle --protocol tcp --port 8080 --output markdown --out matrix.md

More than 200 senders or receivers are told by classes: pods that fare alike
with everybody. Pods that are alike are predicted once, and checked by
samples; --probe sends for at most 200.

Exit status: 0 every pair reaches each other, 1 some do not or it is not
decided.`,
    )
    .action((ends: readonly string[], flags: MatrixFlags) => context.run(() => run(context, ends, flags)))
}

async function run(context: Context, ends: readonly string[], flags: MatrixFlags): Promise<ExitStatus> {
  const question = questionOf(ends, flags, context.language())
  return withInventory(
    context,
    'matrix',
    flags,
    (inventory) => askMatrix(inventory, question),
    async (result) => {
      await (isClassMatrix(result) ? writeClasses(context, flags, result) : write(context, flags, result))
      return result.verdict === 'delivered' ? exitStatus.fine : exitStatus.findings
    },
  )
}

/** Throws a UsageError. */
function questionOf(ends: readonly string[], flags: MatrixFlags, language: Language): MatrixQuestion {
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    throw new UsageError((usage) => usage.contradict('--json', `--output ${flags.output ?? ''}`))
  const { protocol, destinationPort: port } = flowOf(flags)
  const timeoutMs = wholeNumber('--timeout', flags.timeout, 1, 60) * 1000
  const { to = [], probe = false } = flags
  if (probe) {
    if (protocol !== undefined && !probeProtocols.has(protocol))
      throw new UsageError((usage) => usage.probeProtocol(flags.protocol ?? ''))
    if (protocol === TCP && port === undefined && to.length === 0)
      throw new UsageError((usage) => usage.probePort)
    if (flags.bundle.length > 0) throw new UsageError((usage) => usage.probeBundle)
  }
  return { ends, to, ...given({ protocol, port }), probeTimeoutMs: probe ? timeoutMs : null, language }
}

async function writeClasses(context: Context, flags: MatrixFlags, result: ClassMatrix): Promise<void> {
  const format = formatOf(flags)
  const pieces =
    format === 'json'
      ? renderClassMatrixJson(result)
      : [
          format === 'markdown'
            ? renderMarkdownClassMatrix(result, context.language())
            : renderTerminalClassMatrix(result, terminalOptions(context, flags.out !== undefined)),
        ]
  await writeReportInPieces(context, pieces, flags.out ?? null)
}

const formatOf = ({ json, output }: MatrixFlags): (typeof formats)[number] =>
  json === true ? 'json' : (output ?? 'text')

function write(context: Context, flags: MatrixFlags, result: MatrixResult): void {
  const language = context.language()
  const format = formatOf(flags)
  const text =
    format === 'json'
      ? renderMatrixJson(result)
      : format === 'markdown'
        ? renderMarkdownMatrix(result, language)
        : renderTerminalMatrix(result, terminalOptions(context, flags.out !== undefined))
  writeReport(context, text, flags.out ?? null)
}
