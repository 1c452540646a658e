import type { Command } from 'commander'
import { askExplain } from '../app/questions/explain.ts'
import { given } from '../edge/given.ts'
import { exitStatusOf, type ExitStatus } from '../model/result/exit-status.ts'
import { answerFlows } from './answer-flows.ts'
import { addProtocolFlag, flowOf, type FlowFlags } from './options/flow.ts'
import { addInventoryFlags, withInventory, type InventoryFlags } from './options/inventory.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output/result.ts'
import type { Context } from './process/context.ts'
import { UsageError } from './process/failure.ts'

interface ExplainFlags extends InventoryFlags, FlowFlags, OutputFlags {
  readonly from?: string
  readonly to?: string
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
  addOutputFlags(addInventoryFlags(command))
    .option(
      '--from <stack>',
      'the same as the first argument; of a bundle also an address of one of its stacks',
    )
    .option('--to <address>', 'the same as the second')
  addProtocolFlag(command)
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
  podpath explain --bundle eks_i-0123….tar.gz --from 192.168.1.60 --to 10.100.0.10 --protocol udp --port 53
  podpath explain --node n1=pasted.txt --from 192.168.1.60 --to 10.100.0.10 --protocol udp --port 53`,
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
  const { from, to, flows } = flags
  const language = context.language()
  if (flows !== undefined) {
    if (flags.bundle.length === 0 && (flags.node ?? []).length === 0)
      throw new UsageError((usage) => usage.flowsWithoutBundle)
    return withInventory(
      context,
      'explain',
      flags,
      (inventory) => answerFlows(context, inventory, flows),
      (status) => status,
    )
  }
  if (from === undefined || to === undefined) throw new UsageError((usage) => usage.twoEndpoints)
  const question = { from, to, flow: flowOf(flags), whyNot: flags.whyNot === true, language }
  return withInventory(
    context,
    'explain',
    flags,
    (inventory) => askExplain(inventory, question),
    (result) => {
      writeResult(context, output, result)
      return exitStatusOf(result)
    },
  )
}
