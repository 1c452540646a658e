import type { Command } from 'commander'
import { exitStatusOf } from '../app/verdict.ts'
import { verify } from '../app/verify.ts'
import type { Context } from './context.ts'
import { keepRun } from './keep-run.ts'
import { wholeNumber } from './number.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output.ts'
import { progressLine } from './progress-line.ts'
import { addReachFlags, type ReachFlags } from './reach-options.ts'
import { addSourceFlags, withSource, type SourceFlags } from './source.ts'

interface VerifyFlags extends SourceFlags, ReachFlags, OutputFlags {
  readonly pods: string
  readonly count: string
  readonly timeout: string
  readonly internetHost: string
  readonly capture?: string
}

/** `podpath verify` */
export function addVerify(program: Command, context: Context): void {
  const command = program
    .command('verify')
    .description('run the experiments, follow every packet, and prove each statement or refute it')
  addOutputFlags(addReachFlags(addSourceFlags(command)))
    .option('--pods <endpoints>', 'the pods to use, separated by commas', 'deploy/netshoot-pod')
    .option('--count <n>', 'pings for each pair of pods', '2')
    .option('--timeout <seconds>', 'to wait for each answer', '2')
    .option('--internet-host <name>', 'the host outside that is pinged', 'www.google.com')
    .option(
      '--capture <file>',
      'the pcapng with every captured packet (default: among the last runs in ~/.local/share/podpath)',
    )
    .addHelpText(
      'after',
      `
Examples:
  podpath verify --lab                                    everything on this machine, no AWS account
  podpath verify --lab --output markdown --lang ko --out report.md
  podpath verify --lab --json | jq .verdict
  podpath verify --context my-cluster --pods deploy/netshoot-pod --capture run.pcapng`,
    )
    .action((flags: VerifyFlags) =>
      context.run(async () => {
        const output = outputOf(flags)
        const language = context.language()
        const count = wholeNumber('--count', flags.count, 1, 100)
        const timeoutMs = wholeNumber('--timeout', flags.timeout, 1, 60) * 1000
        const line = progressLine(context.io, language, false)
        try {
          const verified = await withSource(context, flags, line, ({ cluster, ec2, reach }) =>
            verify({
              cluster,
              ec2,
              pods: flags.pods.split(',').map((one) => one.trim()),
              internet: { host: flags.internetHost, whoAmI: { host: 'ipinfo.io', path: '/ip' } },
              count,
              timeoutMs,
              language,
              reach,
              progress: line.progress,
              warn: line.warn,
              signal: context.signal,
            }),
          )
          line.clear()
          const result = await keepRun(context, verified, flags.capture)
          writeResult(context, output, result)
          return exitStatusOf(result)
        } finally {
          line.clear()
        }
      }),
    )
}
