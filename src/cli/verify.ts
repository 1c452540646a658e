import type { Command } from 'commander'
import { planVerify } from '../app/plan.ts'
import { verify, type VerifyOptions } from '../app/verify.ts'
import type { Context } from './process/context.ts'
import { UsageError } from './process/failure.ts'
import { addOutputFlags, outputOf } from './output/result.ts'
import { addCaptureFlag, packetRun, patienceOf, type PacketRunFlags } from './options/packet-run.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags } from './options/reach.ts'
import { addSourceFlags, type Source } from './options/source.ts'

interface VerifyFlags extends PacketRunFlags {
  readonly pods?: string
  readonly deploy?: boolean
  readonly internetHost: string
}

/** `podpath verify` */
export function addVerify(program: Command, context: Context): void {
  const command = program
    .command('verify')
    .description('run the experiments, follow every packet, and prove each statement or refute it')
  addCaptureFlag(addOutputFlags(addReachFlags(addSourceFlags(command))))
    .option('--pods <endpoints>', 'the pods to use, separated by commas (default: deploy/netshoot-pod)')
    .option('--deploy', 'make the tutorial’s deployment for the run, and remove it afterwards')
    .option('--count <n>', 'pings for each pair of pods', '2')
    .option('--timeout <seconds>', 'to wait for each answer', '2')
    .option('--internet-host <name>', 'the host outside that is pinged', 'www.google.com')
    .addHelpText(
      'after',
      `
Examples:
  podpath verify --lab                          on this machine, no AWS account
  podpath verify --lab --output markdown --lang ko --out report.md
  podpath verify --lab --json | jq .verdict
  podpath verify --context my-cluster --deploy  a cluster without test pods
  podpath verify --context my-cluster --pods web-1,web-2 --capture run.pcapng`,
    )
    .action((flags: VerifyFlags) =>
      context.run(async () => {
        if (flags.deploy && flags.pods !== undefined)
          throw new UsageError((usage) => usage.contradict('--deploy', '--pods'))
        const output = outputOf(flags)
        const language = context.language()
        const patience = patienceOf(flags)
        const line = progressLine(context.io, language, false)
        const options = (source: Source): VerifyOptions => ({
          ...source,
          pods: (flags.pods ?? 'deploy/netshoot-pod').split(',').map((one) => one.trim()),
          deploy: flags.deploy === true,
          internet: { host: flags.internetHost, whoAmI: { host: 'ipinfo.io', path: '/ip' } },
          ...patience,
          language,
          progress: line.progress,
          warn: line.warn,
        })
        return packetRun(context, flags, output, {
          command: 'verify',
          line,
          options,
          plan: planVerify,
          run: verify,
        })
      }),
    )
}
