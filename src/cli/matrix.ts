import { Option, type Command } from 'commander'
import { matrixOfBundle } from '../app/matrix-bundle.ts'
import { matrixOnCluster, probeProtocols } from '../app/matrix-cluster.ts'
import { exitStatus, type ExitStatus } from '../model/result/exit-status.ts'
import type { MatrixResult } from '../model/result/matrix.ts'
import { parseProtocol } from '../model/packet/packet.ts'
import { renderMatrixJson } from '../report/json.ts'
import { renderMarkdownMatrix } from '../report/markdown/matrix.ts'
import { renderTerminalMatrix } from '../report/terminal/matrix.ts'
import type { Context } from './process/context.ts'
import { planned } from './output/dry-run.ts'
import { UsageError } from './process/failure.ts'
import { wholeNumber } from './options/number.ts'
import { openRecording } from './open-recording.ts'
import { terminalOptions } from './output/result.ts'
import { writeReport } from './output/write-report.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags, type ReachFlags } from './options/reach.ts'
import { addRecordedFlags, refuseStrayAssumption, type RecordedFlags } from './options/recorded.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'
import { given } from '../edge/given.ts'

const formats = ['text', 'json', 'markdown'] as const

interface MatrixFlags extends SourceFlags, ReachFlags, RecordedFlags {
  readonly to?: readonly string[]
  readonly protocol: string
  readonly port?: string
  readonly probe?: boolean
  readonly timeout: string
  readonly output?: (typeof formats)[number]
  readonly json?: boolean
  readonly out?: string
}

/** `podpath matrix` */
export function addMatrix(program: Command, context: Context): void {
  const command = addSourceFlags(
    program
      .command('matrix')
      .description('who reaches whom: every pair predicted from one snapshot, and tried with --probe')
      .argument(
        '[endpoints...]',
        '[NAMESPACE/]POD, deploy/NAME, node/NAME; or a stack of the bundle (default: every pod)',
      ),
  )
  addRecordedFlags(addReachFlags(command))
    .option('--to <endpoint...>', 'receivers besides: any of these, svc/[NAMESPACE/]NAME[:PORT], an address')
    .addOption(new Option('--protocol <protocol>', 'icmp, tcp, udp or an IANA number').default('icmp'))
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

Exit status: 0 every pair reaches each other, 1 some do not or it is not
decided.`,
    )
    .action((ends: readonly string[], flags: MatrixFlags) => context.run(() => run(context, ends, flags)))
}

async function run(context: Context, ends: readonly string[], flags: MatrixFlags): Promise<ExitStatus> {
  const language = context.language()
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    throw new UsageError((usage) => usage.contradict('--json', `--output ${flags.output ?? ''}`))
  const port = flags.port === undefined ? undefined : wholeNumber('--port', flags.port, 1, 65535)
  const timeoutMs = wholeNumber('--timeout', flags.timeout, 1, 60) * 1000
  const protocol = parseProtocol(flags.protocol)
  if (protocol === undefined) throw new UsageError((usage) => usage.protocol(flags.protocol))
  if (flags.probe === true && !probeProtocols.has(protocol))
    throw new UsageError((usage) => usage.probeProtocol(flags.protocol))
  if (protocol === 6 && flags.probe === true && port === undefined && (flags.to ?? []).length === 0)
    throw new UsageError((usage) => usage.probePort)
  refuseStrayAssumption(flags)
  if (flags.probe === true && flags.bundle.length > 0) throw new UsageError((usage) => usage.probeBundle)
  const flow = { protocol, ...given({ destinationPort: port }) }
  const to = flags.to ?? []
  const started = Date.now()
  const line = progressLine(context.io, language, false)
  try {
    const plan = await planned(context, 'matrix', flags, line)
    if (plan !== null) return plan
    const result =
      flags.bundle.length === 0
        ? await withSource(context, flags, line, ({ cluster, ec2, reach, signal }) =>
            matrixOnCluster({
              cluster,
              ec2,
              ends,
              to,
              protocol,
              ...given({ port }),
              probeTimeoutMs: flags.probe === true ? timeoutMs : null,
              reach,
              language,
              progress: line.progress,
              warn: line.warn,
              signal,
            }),
          )
        : await context.nothingToClear(async () =>
            matrixOfBundle({
              started,
              ...(await openRecording(flags, context.signal)),
              ends,
              to,
              flow,
              language,
              progress: line.progress,
              signal: context.signal,
            }),
          )
    line.clear()
    write(context, flags, result)
    return result.verdict === 'delivered' ? exitStatus.fine : exitStatus.findings
  } finally {
    line.clear()
  }
}

function write(context: Context, flags: MatrixFlags, result: MatrixResult): void {
  const language = context.language()
  const format = flags.json === true ? 'json' : (flags.output ?? 'text')
  const text =
    format === 'json'
      ? renderMatrixJson(result)
      : format === 'markdown'
        ? renderMarkdownMatrix(result, language)
        : renderTerminalMatrix(result, terminalOptions(context, flags.out !== undefined))
  writeReport(context, text, flags.out ?? null)
}
