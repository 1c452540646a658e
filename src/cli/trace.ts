import { Option, type Command } from 'commander'
import { trace, type TraceOptions } from '../app/trace.ts'
import { planTrace } from '../app/plan.ts'
import { exitStatusOf } from '../app/verdict.ts'
import type { ProbeProtocol } from '../model/result.ts'
import type { Context } from './context.ts'
import { printPlan } from './dry-run.ts'
import { hopTable } from './hop-table.ts'
import { keepRun } from './keep-run.ts'
import { wholeNumber } from './number.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output.ts'
import { progressLine } from './progress-line.ts'
import { addReachFlags, type ReachFlags } from './reach-options.ts'
import { addSourceFlags, withSource, type Source, type SourceFlags } from './source.ts'

interface TraceFlags extends SourceFlags, ReachFlags, OutputFlags {
  readonly protocol: ProbeProtocol
  readonly port?: string
  readonly count: string
  readonly size?: string
  readonly timeout: string
  readonly capture?: string
}

/** `podpath trace FROM TO` */
export function addTrace(program: Command, context: Context): void {
  const command = program
    .command('trace')
    .description('one flow: probe, capture on every hop, follow, predict, compare')
    .argument('<from>', '[NAMESPACE/]POD, deploy/NAME or node/NAME')
    .argument('<to>', 'any of these, svc/[NAMESPACE/]NAME[:PORT], an address or a host name')
  addOutputFlags(addReachFlags(addSourceFlags(command)))
    .addOption(
      new Option('--protocol <protocol>', 'what to send')
        .choices(['icmp', 'tcp', 'udp', 'http', 'dns'])
        .default('icmp'),
    )
    .option('--port <n>', 'destination port (default: the service’s, 80, or 53 for dns)')
    .option('--count <n>', 'probes', '1')
    .option('--size <octets>', 'payload of a ping')
    .option('--timeout <seconds>', 'to wait for each answer', '2')
    .option(
      '--capture <file>',
      'the pcapng with every captured packet (default: among the last runs in ~/.local/share/podpath)',
    )
    .addHelpText(
      'after',
      `
Examples:
  podpath trace deploy/netshoot-pod www.google.com --lab
  podpath trace default/web-1 192.168.3.143 --lab --protocol tcp --port 8080
  podpath trace deploy/netshoot-pod svc/kube-system/kube-dns:53 --protocol dns --lab --json`,
    )
    .action((from: string, to: string, flags: TraceFlags) =>
      context.run(async () => {
        const output = outputOf(flags)
        const language = context.language()
        const count = wholeNumber('--count', flags.count, 1, 100)
        const timeoutMs = wholeNumber('--timeout', flags.timeout, 1, 60) * 1000
        const port = flags.port === undefined ? undefined : wholeNumber('--port', flags.port, 1, 65535)
        const size = flags.size === undefined ? undefined : wholeNumber('--size', flags.size, 0, 65507)
        const plain = progressLine(context.io, language, false)
        const table = context.io.watched ? hopTable(context.io, language, plain) : null
        const line = table ?? plain
        try {
          const options = (source: Source): TraceOptions => ({
            ...source,
            from,
            to,
            protocol: flags.protocol,
            ...(port === undefined ? {} : { port }),
            ...(size === undefined ? {} : { size }),
            count,
            timeoutMs,
            language,
            progress: line.progress,
            warn: line.warn,
            ...(table ? { onEvent: table.onEvent } : {}),
            signal: context.signal,
          })
          if (flags.dryRun) {
            const plan = await withSource(context, flags, line, (source) => planTrace(options(source)))
            line.clear()
            return await printPlan(context, 'trace', plan)
          }
          const traced = await withSource(context, flags, line, (source) => trace(options(source)))
          line.clear()
          const result = await keepRun(context, traced, flags.capture)
          writeResult(context, output, result)
          return exitStatusOf(result)
        } finally {
          line.clear()
        }
      }),
    )
}
