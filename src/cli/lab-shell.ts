import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import { connect } from '../cluster/connect.ts'
import { readFacts, type ClusterFacts } from '../cluster/facts.ts'
import { paste } from '../exec/run-error.ts'
import type { ShellAccess } from '../lab/daemon/configuration.ts'
import { LabError } from '../lab/daemon/lab-error.ts'
import { labOption, kubeconfigJsonPath, type LabRecord } from '../lab/daemon/registry.ts'
import { enterBastion } from '../lab/ssh/enter.ts'
import type { Context } from './context.ts'

/** `podpath lab shell`: the tutorial's own prompt. */
export function addLabShell(
  lab: Command,
  context: Context,
  running: (context: Context, name: string) => LabRecord,
): void {
  lab
    .command('shell')
    .description('a shell on the lab’s bastion, with kubectl, aws and ssh; or run one command there')
    .argument('[command...]', 'after `--`; a login shell without one')
    .option('--name <name>', 'which lab', 'default')
    .addHelpText(
      'after',
      `
Examples:
  podpath lab shell
  podpath lab shell -- kubectl get pods -o wide
  podpath lab shell -- bash -c 'kubectl exec -it $PODNAME1 -- ping -c 2 $PODIP2'
  podpath lab shell -- bash -c 'ssh ec2-user@$N1 sudo iptables -t nat -S'
  podpath lab shell -- bash -s < tutorial.sh

The exit status is the command's own.`,
    )
    .action((words: readonly string[], flags: { readonly name: string }) =>
      context.run(() => shell(context, running(context, flags.name), words)),
    )
}

async function shell(context: Context, record: LabRecord, words: readonly string[]): Promise<number> {
  const access = record.shell
  if (!access)
    throw new LabError(
      'not-running',
      `the lab ${record.name} has no shell: \`podpath lab down${labOption(record.name)}\` and \`podpath lab up${labOption(record.name)}\` start it again`,
    )
  const enter = enterBastion(access.door, record.pid)
  const pods = await podVariables(record)
  const { environment } = context.io
  // The command gets our own streams, so it is they that count.
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  const variables = {
    ...inherited(environment),
    ...access.environment,
    ...record.environment,
    ...pods,
  }
  if (words.length === 0 && terminal) context.io.err(greeting(record, access, pods))
  const command = words.length === 0 ? ['bash', '-l'] : words
  return run(
    [
      ...enter,
      // When the one that entered is ended, so is what it runs. Not by HUP, which script(1) does not hear.
      ...['setpriv', '--pdeathsig', 'TERM'],
      ...['env', '-i', '--chdir=/root'],
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...(terminal ? ['script', '-qec', `exec ${paste(command)}`, '/dev/null'] : command),
    ],
    context.signal,
    // Without a terminal of its own, what runs hears Ctrl-C from ours and answers it in its own way.
    terminal || process.stdin.isTTY !== true,
  )
}

/** What of the user's own environment makes sense on another machine. */
const inherited = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    ['TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'COLORTERM', 'NO_COLOR', 'TZ'].flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** PODNAMEn and PODIPn: the tutorial's pod on the n-th node. */
async function podVariables(record: LabRecord): Promise<Readonly<Record<string, string>>> {
  const cluster = await connect({ kubeconfig: kubeconfigJsonPath(record), env: {} })
  try {
    return variablesOf(await readFacts(cluster.api, {}), record.environment)
  } finally {
    cluster.close()
  }
}

export function variablesOf(
  facts: Pick<ClusterFacts, 'nodes' | 'pods'>,
  nodes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.values(nodes).flatMap((address, index) => {
      const node = facts.nodes.find((one) => one.internalAddresses.includes(address))
      const pod = facts.pods.find(
        (one) => one.labels['app'] === 'netshoot-pod' && one.node === node?.name && one.addresses.length > 0,
      )
      const [podAddress] = pod?.addresses ?? []
      return pod && podAddress !== undefined
        ? [
            [`PODNAME${index + 1}`, pod.name],
            [`PODIP${index + 1}`, podAddress],
          ]
        : []
    }),
  )
}

function greeting(record: LabRecord, access: ShellAccess, pods: Readonly<Record<string, string>>): string {
  const values = { ...record.environment, ...pods }
  return [
    `The bastion of the lab ${record.name}, ${access.address}. \`exit\` leaves it; the lab stays up.`,
    ...Object.entries(values).map(([name, value]) => `  ${name}=${value}`),
    ...(access.withoutSsh === null ? [] : [access.withoutSsh]),
    '',
  ].join('\n')
}

/** Runs it on our own terminal and streams; resolves with its exit status as a shell counts it. `ours`: a signal to us ends it. */
function run(argv: readonly string[], signal: AbortSignal, ours: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'inherit' })
    const end = (): void => void child.kill('SIGTERM')
    if (ours) signal.addEventListener('abort', end, { once: true })
    child.once('error', reject)
    child.once('exit', (code, by) => {
      signal.removeEventListener('abort', end)
      resolve(code ?? 128 + (by === 'SIGINT' ? 2 : by === 'SIGKILL' ? 9 : by === 'SIGHUP' ? 1 : 15))
    })
  })
}
