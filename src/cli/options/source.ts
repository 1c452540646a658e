import type { Command } from 'commander'
import { connect, type Cluster } from '../../cluster/access/connect.ts'
import type { KubeconfigChoice } from '../../cluster/access/kubeconfig.ts'
import type { Ec2Options } from '../../cluster/aws/ec2.ts'
import type { Reach } from '../../cluster/reach/reach.ts'
import type { SshReach } from '../../cluster/reach/ssh-nodes.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import { startLab } from '../../lab/daemon/lab.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { findLab, labsDirectory } from '../../lab/daemon/record/registry.ts'
import { defaultLab } from '../../lab/plan/topology.ts'
import { enterBastion } from '../../lab/ssh/enter.ts'
import { connectLab } from '../lab/connect-lab.ts'
import type { Context } from '../process/context.ts'
import { clientPlaces } from '../process/data-directory.ts'
import { UsageError } from '../process/failure.ts'
import { underHeading } from '../output/help.ts'
import { kubernetesName } from './kubernetes-name.ts'
import { packageRoot } from '../process/package-root.ts'
import type { ProgressLine } from '../output/progress-line.ts'
import { reportLeft } from '../output/report-left.ts'
import { nodePermission } from './node-permission.ts'
import { hasAwsCredentials } from './aws-credentials.ts'
import { reachOf, type ReachFlags } from './reach.ts'
import { countQuestion } from '../../lab/fault/exercise.ts'
import { usingLab } from '../lab/whole-lab.ts'
import { given } from '../../edge/given.ts'

/** Where a command acts, as commander hands it over. */
export interface SourceFlags {
  readonly context?: string
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly as?: string
  /** `--lab` alone is true. */
  readonly lab?: string | true
}

export const addSourceFlags = (command: Command): Command =>
  underHeading('source', command, (one) =>
    one
      .option('--lab [name]', 'a lab on this machine; one is started for the run if none is up')
      .option('--context <name>', 'a context of the kubeconfig (default: as kubectl)')
      .option('--kubeconfig <file>', 'a kubeconfig file (default: as kubectl)')
      .option(
        '-n, --namespace <name>',
        'where names without a namespace are looked for (default: as kubectl)',
      )
      .option('--as <user>', 'act as this user or service account, as kubectl --as does'),
  )

export interface Source {
  readonly cluster: Cluster
  /** How to ask EC2, where there is a way. */
  readonly ec2: Ec2Options | null
  /** How its nodes are reached. */
  readonly reach: Reach
  /** Ends whatever is done with it: the caller's own, and a lab's when it is not whole any more. */
  readonly signal: AbortSignal
  /** Null: it is no lab. */
  readonly lab: LabRecord | null
}

/** Opens what the flags name, hands it to `use`, and closes it; a lab made for the run ends with it. */
export async function withSource<T>(
  context: Context,
  flags: SourceFlags & ReachFlags,
  line: ProgressLine,
  use: (source: Source) => Promise<T>,
  /** Goes on with a lab that is not whole, and shows that itself. */
  tolerant = false,
): Promise<T> {
  const reach = reachOf(flags)
  const identity = {
    ...(flags.namespace === undefined ? {} : { namespace: kubernetesName('--namespace', flags.namespace) }),
    ...given({ impersonate: flags.as }),
  }
  if (flags.lab !== undefined && (flags.context !== undefined || flags.kubeconfig !== undefined))
    throw new UsageError((usage) => usage.twoClusters)
  if (flags.lab === undefined) {
    const { environment, home } = context.io
    return using(
      {
        cluster: await connect({
          ...given({ kubeconfig: flags.kubeconfig, context: flags.context }),
          ...identity,
          env: environment,
          ...given({ home }),
        }),
        ec2: hasAwsCredentials(environment, home ?? null) ? {} : null,
        reach: reach.kind === 'agent' ? { ...reach, permit: nodePermission(context, flags, line) } : reach,
        signal: context.signal,
        lab: null,
      },
      use,
      context,
      line,
    )
  }
  const name = flags.lab === true ? defaultLab.name : flags.lab
  const labs = labsDirectory(context.io.environment)
  const running = findLab(labs, name)
  const inLab = (record: LabRecord, tied: boolean): Promise<T> => {
    countQuestion(record)
    const { signal } = context
    const open = async (until: AbortSignal): Promise<T> =>
      using(
        { ...(await labSource(record, reach, identity)), signal: until, lab: record },
        use,
        context,
        line,
        !tied,
      )
    return tolerant
      ? open(signal)
      : usingLab({ record, tied, labs, bastion: reach.kind === 'ssh', signal }, open)
  }
  if (running?.state === 'up') return inLab(running, false)
  const began = performance.now()
  line.progress((say) => say.labStarting(defaultLab.nodes, 3))
  // Loaded while the lab starts: together they take no longer than the lab alone. Whoever needs it will hear of a failure.
  import('../../cluster/aws/ec2-sdk.ts').catch(() => undefined)
  const started = await startLab({
    lab: { ...defaultLab, name },
    labs,
    packageRoot: packageRoot(),
    need: 'demo',
    clients: clientPlaces(context.io),
    tied: true,
    progress: () => undefined,
    signal: context.signal,
  })
  line.progress((say) => say.labReady(Math.round(performance.now() - began)))
  try {
    return await inLab(started.record, true)
  } finally {
    line.progress((say) => say.labStopping)
    await started.end()
  }
}

/** @param stays false: the cluster ends with the run, and whatever is in it */
async function using<T>(
  source: Source,
  use: (source: Source) => Promise<T>,
  context: Context,
  line: ProgressLine,
  stays = true,
): Promise<T> {
  const { cluster } = source
  if (stays) context.clusters.add(cluster)
  try {
    return await use(source)
  } finally {
    context.clusters.delete(cluster)
    if (stays) for (const said of reportLeft(cluster, context.language())) line.warn(said)
    cluster.close()
  }
}

type Identity = Pick<KubeconfigChoice, 'namespace' | 'impersonate'>

async function labSource(
  record: LabRecord,
  reach: Reach,
  identity: Identity,
): Promise<Omit<Source, 'signal' | 'lab'>> {
  const { aws } = record
  if (aws) {
    // The SDK takes credentials from the environment, as with a real account.
    process.env['AWS_ACCESS_KEY_ID'] = aws.accessKeyId
    process.env['AWS_SECRET_ACCESS_KEY'] = aws.secretAccessKey
    delete process.env['AWS_SESSION_TOKEN']
    delete process.env['AWS_PROFILE']
  }
  return {
    cluster: await connectLab(record, identity),
    ec2: aws ? { region: aws.region, endpoint: aws.endpoint } : null,
    reach: reach.kind === 'ssh' ? labSsh(reach, record) : reach,
  }
}

/** A lab's nodes have addresses on its bastion only: there ssh runs, with the key, the user and the host keys of the bastion. */
function labSsh(reach: SshReach, record: LabRecord): SshReach {
  const { shell } = record
  if (!shell) throw new LabError({ kind: 'no-bastion', name: record.name })
  if (shell.withoutSsh !== null) throw new LabError({ kind: 'no-ssh', because: shell.withoutSsh })
  return {
    ...reach,
    socketDirectory: '/run',
    ssh: {
      ...reach.ssh,
      launcher: [
        ...enterBastion(shell.door, record),
        // When the one that entered is ended, so is what it runs.
        ...['setpriv', '--pdeathsig', 'TERM'],
        ...['env', '-i', 'HOME=/root', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
      ],
    },
  }
}
