import { spawn, type ChildProcess } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Command } from 'commander'
import type { ClusterFacts } from '../../kubernetes/facts.ts'
import { readFacts } from '../../cluster/collect/read-facts.ts'
import { paste } from '../../exec/run-error.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { ShellAccess } from '../../lab/daemon/configuration.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { labOption } from '../../lab/daemon/record/registry.ts'
import { enterBastion } from '../../lab/ssh/enter.ts'
import { connectLab } from './connect-lab.ts'
import type { Context } from '../process/context.ts'
import { UsageError } from '../process/failure.ts'

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
      context.run(() => shell(context, running(context, flags.name), words), 'passes'),
    )
}

async function shell(context: Context, record: LabRecord, words: readonly string[]): Promise<number> {
  const access = record.shell
  if (!access) throw new LabError({ kind: 'no-shell', name: record.name, option: labOption(record.name) })
  const enter = enterBastion(access.door, record)
  const pods = await podVariables(record)
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  const variables = {
    ...inherited(context.io.environment),
    ...access.environment,
    ...record.environment,
    ...pods,
  }
  if (words.length === 0 && terminal) context.io.err(greeting(context, record, access, pods))
  const command = words.length === 0 ? ['bash', '-l'] : words
  const argv = [
    ...enter,
    // When the one that entered is ended, so is what it runs. Not by HUP, which script(1) does not hear.
    ...['setpriv', '--pdeathsig', 'TERM'],
    ...['env', '-i', '--chdir=/root'],
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...(terminal ? ['script', '-qec', `exec ${paste(command)}`, '/dev/null'] : command),
  ] as const
  return terminal ? onTerminal(argv, context.signal) : onStreams(argv, context.signal)
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
  const cluster = await connectLab(record)
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

function greeting(
  context: Context,
  record: LabRecord,
  access: ShellAccess,
  pods: Readonly<Record<string, string>>,
): string {
  const values = { ...record.environment, ...pods }
  return [
    catalogue(context.language()).lab.greeting(record.name, access.address),
    ...Object.entries(values).map(([name, value]) => `  ${name}=${value}`),
    ...(access.withoutSsh === null ? [] : [access.withoutSsh]),
    '',
  ].join('\n')
}

/** Nothing of the caller's environment is seen on the bastion, not even for a moment. */
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }

/**
 * Runs it on a terminal that is made for it: whoever acts on the bastion may do with that what they like, and never
 * holds ours (ioctl_tty(2), TIOCSTI). On the bastion a second one is made, which has a name there.
 */
const onTerminal = (argv: readonly string[], signal: AbortSignal): Promise<number> =>
  ended(
    spawn('script', ['-qec', `exec ${paste(argv)}`, '/dev/null'], {
      stdio: 'inherit',
      env: environment,
    }),
    signal,
    'SIGTERM',
  )

/**
 * Runs it on pipes, in a session of its own. Whatever else a stream of ours is (a terminal, a file, a directory, a socket) would be held
 * by whoever acts on the bastion, who could do more with it than read or write on.
 */
function onStreams(argv: readonly string[], signal: AbortSignal): Promise<number> {
  if (fstatSync(0).isDirectory()) throw new UsageError((usage) => usage.inputIsDirectory)
  const [program = '', ...words] = argv
  const through = (fd: number): 'pipe' | 'inherit' => (fstatSync(fd).isFIFO() ? 'inherit' : 'pipe')
  const child = spawn(program, words, {
    stdio: [through(0), through(1), through(2)],
    env: environment,
    detached: true,
  })
  if (child.stdin) process.stdin.pipe(child.stdin).on('error', () => undefined)
  child.stdout?.pipe(process.stdout)
  child.stderr?.pipe(process.stderr)
  child.once('exit', () => process.stdin.unref?.())
  // It is not in our terminal's session, so what is typed for it there is passed on, and answered in its own way.
  if (!isatty(0)) return ended(child, signal, 'SIGTERM').finally(() => child.stdin && process.stdin.destroy())
  const interrupt = (): void => void process.kill(-(child.pid ?? 0), 'SIGINT')
  process.on('SIGINT', interrupt)
  return ended(child, undefined, 'SIGTERM').finally(() => {
    process.off('SIGINT', interrupt)
    process.stdin.destroy()
  })
}

/** Resolves with its exit status as a shell counts it, when its streams are through. `signal` ends it. */
function ended(child: ChildProcess, signal: AbortSignal | undefined, by: NodeJS.Signals): Promise<number> {
  return new Promise((resolve, reject) => {
    const end = (): void => void child.kill(by)
    signal?.addEventListener('abort', end, { once: true })
    child.once('error', reject)
    child.once('close', (code, killed) => {
      signal?.removeEventListener('abort', end)
      resolve(
        code ?? 128 + (killed === 'SIGINT' ? 2 : killed === 'SIGKILL' ? 9 : killed === 'SIGHUP' ? 1 : 15),
      )
    })
  })
}
