import { Option, type Command } from 'commander'
import { trace, type TraceOptions } from '../app/trace.ts'
import { planTrace } from '../app/plan.ts'
import type { ProbeProtocol } from '../model/result/result.ts'
import type { Context } from './process/context.ts'
import { hopTable } from './output/hop-table.ts'
import { wholeNumber } from './options/number.ts'
import { addOutputFlags, outputOf } from './output/result.ts'
import { addCaptureFlag, packetRun, patienceOf, type PacketRunFlags } from './options/packet-run.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags } from './options/reach.ts'
import { addSourceFlags, type Source } from './options/source.ts'
import { given } from '../edge/given.ts'
import { localRunner } from '../exec/local.ts'

interface TraceFlags extends PacketRunFlags {
  readonly protocol?: ProbeProtocol
  readonly port?: string
  readonly size?: string
  readonly kernelReasons?: boolean
}

/** `podpath trace FROM TO` */
export function addTrace(program: Command, context: Context): void {
  const command = program
    .command('trace')
    .description('one flow: probe, capture on every hop, follow, predict, compare')
    .argument('<from>', '[NAMESPACE/]POD, deploy/NAME or node/NAME')
    .argument('<to>', 'any of these, svc/[NAMESPACE/]NAME[:PORT], an address or a host name')
  addCaptureFlag(addOutputFlags(addReachFlags(addSourceFlags(command))))
    .addOption(
      new Option(
        '--protocol <protocol>',
        'what to send (default: what the service speaks, else icmp)',
      ).choices(['icmp', 'tcp', 'udp', 'http', 'dns']),
    )
    .option('--port <n>', 'destination port (default: the service’s, 80, or 53 for dns)')
    .option('--count <n>', 'probes', '1')
    .option('--size <octets>', 'payload of a ping')
    .option('--timeout <seconds>', 'to wait for each answer', '2')
    .option(
      '--kernel-reasons',
      'where a probe is lost, send six more and ask the kernels themselves why (Linux 5.17 and later name reasons)',
    )
    .addHelpText(
      'after',
      `
Examples:
  podpath trace deploy/netshoot-pod www.google.com --lab
  podpath trace default/web-1 192.168.3.143 --lab --protocol tcp --port 8080
  podpath trace deploy/netshoot-pod svc/kube-system/kube-dns:53 --protocol dns --lab --json
  sudo podpath trace default/web-1 192.168.3.143 --lab --kernel-reasons`,
    )
    .action((from: string, to: string, flags: TraceFlags) =>
      context.run(async () => {
        const output = outputOf(flags)
        const language = context.language()
        const patience = patienceOf(flags)
        const port = flags.port === undefined ? undefined : wholeNumber('--port', flags.port, 1, 65535)
        const size = flags.size === undefined ? undefined : wholeNumber('--size', flags.size, 0, 65507)
        const plain = progressLine(context.io, language, false)
        const table = context.io.watched ? hopTable(context.io, language, plain, context.signal) : null
        const line = table ?? plain
        const options = (source: Source): TraceOptions => ({
          ...source,
          from,
          to,
          ...given({ protocol: flags.protocol, port, size }),
          // A lab's nodes are namespaces of one kernel, which nobody inside may listen to.
          ...(flags.kernelReasons === true
            ? { kernelReasons: { machine: source.lab === null ? null : localRunner() } }
            : {}),
          ...patience,
          language,
          progress: line.progress,
          warn: line.warn,
          ...(table ? { onEvent: table.onEvent } : {}),
        })
        return packetRun(context, flags, output, {
          command: 'trace',
          line,
          options,
          plan: planTrace,
          run: trace,
        })
      }),
    )
}
