import { Option, type Command } from 'commander'
import { explainOnCluster } from '../app/explain-cluster.ts'
import { exitStatusOf, type ExitStatus } from '../model/result/exit-status.ts'
import { parseProtocol } from '../model/packet/packet.ts'
import type { Context } from './process/context.ts'
import { planned } from './output/dry-run.ts'
import { answerFlows, explainRecorded } from './explain-bundle.ts'
import { UsageError } from './process/failure.ts'
import { wholeNumber } from './options/number.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output/result.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags, type ReachFlags } from './options/reach.ts'
import { addRecordedFlags, refuseStrayAssumption, type RecordedFlags } from './options/recorded.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'
import { given } from '../edge/given.ts'

interface ExplainFlags extends SourceFlags, ReachFlags, RecordedFlags, OutputFlags {
  readonly from?: string
  readonly to?: string
  readonly protocol: string
  readonly port?: string
  readonly sourcePort?: string
  readonly mark?: string
  readonly flows?: string
  readonly whyNot?: boolean
}

/** `podpath explain FROM TO` */
export function addExplain(program: Command, context: Context): void {
  const command = program
    .command('explain')
    .description('which way a packet will go, and the line that decides at every hop; sends nothing')
    .argument('[from]', '[NAMESPACE/]POD, deploy/NAME, node/NAME; or a stack of the bundle')
    .argument('[to]', 'any of these, svc/[NAMESPACE/]NAME[:PORT], an address or a host name')
  addRecordedFlags(addOutputFlags(addReachFlags(addSourceFlags(command))))
    .option(
      '--from <stack>',
      'the same as the first argument; of a bundle also an address of one of its stacks',
    )
    .option('--to <address>', 'the same as the second')
    .addOption(new Option('--protocol <protocol>', 'icmp, tcp, udp or an IANA number').default('icmp'))
    .option('--port <n>', 'destination port')
    .option('--source-port <n>', 'source port (default: any)')
    .option('--mark <n>', 'the socket’s mark')
    .option('--why-not', 'also the lines that almost decided at each hop, and what they lacked')
    .option('--flows <file>', 'many flows of a bundle, one JSON object a line; - is standard input')
    .addHelpText(
      'after',
      `
Examples:
  podpath explain deploy/netshoot-pod www.google.com --lab
  podpath explain deploy/netshoot-pod svc/kube-system/kube-dns:53 --protocol udp --why-not --lab
  podpath snapshot --lab --out bundle
  podpath explain --bundle bundle --from pod/default/web-1 --to 198.51.100.100 --protocol tcp --port 80
  podpath explain --bundle bundle --flows flows.jsonl
  podpath explain --bundle eks_i-0123….tar.gz --from 192.168.1.60 --to 10.100.0.10 --protocol udp --port 53`,
    )
    .action((first: string | undefined, second: string | undefined, flags: ExplainFlags) =>
      context.run(() => run(context, { ...flags, ...words(flags, first, second) })),
    )
}

function words(flags: ExplainFlags, first: string | undefined, second: string | undefined) {
  const from = flags.from ?? first
  const to = flags.to ?? second
  return given({ from, to })
}

async function run(context: Context, flags: ExplainFlags): Promise<ExitStatus> {
  const output = outputOf(flags)
  if (flags.flows !== undefined) {
    if (flags.bundle.length === 0) throw new UsageError((usage) => usage.flowsWithoutBundle)
    const { flows } = flags
    return context.nothingToClear(() => answerFlows(context, flags, flows))
  }
  const { from, to } = flags
  if (from === undefined || to === undefined) throw new UsageError((usage) => usage.twoEndpoints)
  refuseStrayAssumption(flags)
  const language = context.language()
  const port = flags.port === undefined ? undefined : wholeNumber('--port', flags.port, 1, 65535)
  const sourcePort =
    flags.sourcePort === undefined ? undefined : wholeNumber('--source-port', flags.sourcePort, 1, 65535)
  const mark = flags.mark === undefined ? undefined : wholeNumber('--mark', flags.mark, 0, 0xffffffff)
  const protocol = parseProtocol(flags.protocol)
  if (protocol === undefined) throw new UsageError((usage) => usage.protocol(flags.protocol))
  const more = {
    protocol,
    ...given({ destinationPort: port, sourcePort, mark }),
  }
  if (flags.bundle.length > 0) {
    const asked = { from, to, whyNot: flags.whyNot === true }
    const result = await context.nothingToClear(() => explainRecorded(context, flags, asked, more))
    writeResult(context, output, result)
    return exitStatusOf(result)
  }
  const line = progressLine(context.io, language, false)
  try {
    const plan = await planned(context, 'explain', flags, line)
    if (plan !== null) return plan
    const result = await withSource(context, flags, line, ({ cluster, ec2, reach, signal }) =>
      explainOnCluster({
        cluster,
        ec2,
        from,
        to,
        ...more,
        language,
        reach,
        whyNot: flags.whyNot === true,
        progress: line.progress,
        warn: line.warn,
        signal,
      }),
    )
    line.clear()
    writeResult(context, output, result)
    return exitStatusOf(result)
  } finally {
    line.clear()
  }
}
