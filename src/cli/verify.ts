import type { Command } from 'commander'
import { planVerify } from '../app/plan.ts'
import { exitStatusOf } from '../app/verdict.ts'
import { verify, type VerifyOptions } from '../app/verify.ts'
import type { Context } from './context.ts'
import { printPlan } from './dry-run.ts'
import { UsageError } from './failure.ts'
import { keepRun } from './keep-run.ts'
import { wholeNumber } from './number.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output.ts'
import { progressLine } from './progress-line.ts'
import { addReachFlags, type ReachFlags } from './reach-options.ts'
import { addSourceFlags, withSource, type Source, type SourceFlags } from './source.ts'

interface VerifyFlags extends SourceFlags, ReachFlags, OutputFlags {
  readonly pods?: string
  readonly deploy?: boolean
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
    .option('--pods <endpoints>', 'the pods to use, separated by commas (default: deploy/netshoot-pod)')
    .option('--deploy', 'make the tutorial’s deployment for the run, and remove it afterwards')
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
  podpath verify --context my-cluster --deploy            a cluster that has no test pods yet
  podpath verify --context my-cluster --pods web-1,web-2 --capture run.pcapng`,
    )
    .action((flags: VerifyFlags) =>
      context.run(async () => {
        if (flags.deploy && flags.pods !== undefined)
          throw new UsageError('--deploy and --pods contradict each other: give one of them')
        const output = outputOf(flags)
        const language = context.language()
        const count = wholeNumber('--count', flags.count, 1, 100)
        const timeoutMs = wholeNumber('--timeout', flags.timeout, 1, 60) * 1000
        const line = progressLine(context.io, language, false)
        try {
          const options = (source: Source): VerifyOptions => ({
            ...source,
            pods: (flags.pods ?? 'deploy/netshoot-pod').split(',').map((one) => one.trim()),
            deploy: flags.deploy === true,
            internet: { host: flags.internetHost, whoAmI: { host: 'ipinfo.io', path: '/ip' } },
            count,
            timeoutMs,
            language,
            progress: line.progress,
            warn: line.warn,
            signal: context.signal,
          })
          if (flags.dryRun) {
            const plan = await withSource(context, flags, line, (source) => planVerify(options(source)))
            line.clear()
            return await printPlan(context, 'verify', plan)
          }
          const verified = await withSource(context, flags, line, (source) => verify(options(source)))
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
