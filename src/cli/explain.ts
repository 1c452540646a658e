import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Option, type Command } from 'commander'
import { explainOnCluster } from '../app/explain-cluster.ts'
import { explain } from '../app/explain.ts'
import { answerFlowLine } from '../app/flow-lines.ts'
import { predictorOf } from '../app/predictor.ts'
import { exitStatus, exitStatusOf, type ExitStatus } from '../app/verdict.ts'
import { readBundle } from '../bundle/read.ts'
import type { Bundle } from '../bundle/bundle.ts'
import { parseIp } from '../model/address.ts'
import { parseProtocol } from '../model/packet.ts'
import { endpointOfStack } from '../app/stack-endpoint.ts'
import type { Context } from './context.ts'
import { UsageError } from './failure.ts'
import { wholeNumber } from './number.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output.ts'
import { progressLine } from './progress-line.ts'
import { addReachFlags, reachOf, type ReachFlags } from './reach-options.ts'
import { addSourceFlags, withSource, type SourceFlags } from './source.ts'

interface ExplainFlags extends SourceFlags, ReachFlags, OutputFlags {
  readonly bundle?: string
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
  addOutputFlags(addReachFlags(addSourceFlags(command)))
    .option('--bundle <directory>', 'a recorded snapshot instead of a cluster')
    .option('--from <stack>', 'the same as the first argument')
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
  podpath explain --bundle bundle --flows flows.jsonl`,
    )
    .action((first: string | undefined, second: string | undefined, flags: ExplainFlags) =>
      context.run(() => run(context, { ...flags, ...words(flags, first, second) })),
    )
}

function words(flags: ExplainFlags, first: string | undefined, second: string | undefined) {
  const from = flags.from ?? first
  const to = flags.to ?? second
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

async function run(context: Context, flags: ExplainFlags): Promise<ExitStatus> {
  const output = outputOf(flags)
  if (flags.flows !== undefined) {
    if (flags.bundle === undefined) throw new UsageError('--flows needs --bundle DIR: a recorded snapshot')
    return answerFlows(context, await readBundle(flags.bundle), flags.flows)
  }
  const { from, to } = flags
  if (from === undefined || to === undefined)
    throw new UsageError('explain needs two ends: podpath explain FROM TO (see podpath explain --help)')
  const started = Date.now()
  const language = context.language()
  const port = flags.port === undefined ? undefined : wholeNumber('--port', flags.port, 1, 65535)
  const sourcePort =
    flags.sourcePort === undefined ? undefined : wholeNumber('--source-port', flags.sourcePort, 1, 65535)
  const mark = flags.mark === undefined ? undefined : wholeNumber('--mark', flags.mark, 0, 0xffffffff)
  const protocol = parseProtocol(flags.protocol)
  if (protocol === undefined)
    throw new UsageError(`--protocol ${flags.protocol}: give icmp, tcp, udp or an IANA number`)
  const more = {
    protocol,
    ...(port === undefined ? {} : { destinationPort: port }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(mark === undefined ? {} : { mark }),
  }
  if (flags.bundle !== undefined) {
    const bundle = await readBundle(flags.bundle)
    const address = parseIp(to)
    if (address === undefined) throw new UsageError(`--to ${to}: a bundle is asked for an IP address`)
    if (!bundle.index.stacks.some((stack) => stack.id === from))
      throw new UsageError(
        `--from ${from}: ${flags.bundle} has ${bundle.index.stacks
          .slice(0, 12)
          .map((stack) => stack.id)
          .join(', ')}`,
      )
    const result = explain({
      bundle,
      source: { kind: 'bundle', name: flags.bundle },
      flow: { from, to: address, ...more },
      from: endpointOfStack(from, bundle),
      to: { kind: 'address', name: to, address: to },
      language,
      started,
      whyNot: flags.whyNot === true,
    })
    writeResult(context, output, result)
    return exitStatusOf(result)
  }
  const line = progressLine(context.io, language, false)
  try {
    const result = await withSource(context, flags, line, ({ cluster, ec2 }) =>
      explainOnCluster({
        cluster,
        ec2,
        from,
        to,
        ...more,
        language,
        reach: reachOf(flags),
        whyNot: flags.whyNot === true,
        progress: line.progress,
        warn: line.warn,
        signal: context.signal,
      }),
    )
    line.clear()
    writeResult(context, output, result)
    return exitStatusOf(result)
  } finally {
    line.clear()
  }
}

/** One answer a line, in the order of the questions. A bad line is answered as such, and the status says so at the end. */
async function answerFlows(context: Context, bundle: Bundle, file: string): Promise<ExitStatus> {
  const predictor = predictorOf(bundle)
  let badLines = 0
  const input = file === '-' ? process.stdin : createReadStream(file)
  const failed = new Promise<never>((_resolve, reject) => {
    input.once('error', (error: Error) => {
      reject(new UsageError(`--flows ${file}: ${error.message}`))
    })
  })
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (line.trim() === '') continue
      const answer = answerFlowLine(predictor, line)
      if ('error' in answer) badLines++
      context.io.out(`${JSON.stringify(answer)}\n`)
    }
  }
  await Promise.race([read(), failed])
  if (badLines > 0) context.io.err(`podpath: --flows ${file}: ${badLines} lines are no flows\n`)
  return badLines > 0 ? exitStatus.usage : exitStatus.fine
}
