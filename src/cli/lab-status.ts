import type { Command } from 'commander'
import { exitStatus, type ExitStatus } from '../app/verdict.ts'
import { ClusterError } from '../cluster/cluster-error.ts'
import { readFacts, type ClusterFacts } from '../cluster/facts.ts'
import { brokenIn, type Broken } from '../lab/fault/broken.ts'
import type { LabRecord } from '../lab/daemon/record.ts'
import { kubeconfigPath, labOption, labsDirectory, listLabs } from '../lab/daemon/registry.ts'
import type { LabOptions } from '../lab/plan/topology.ts'
import type { LabHealth, LabPartState } from '../model/lab-health.ts'
import { connectLab } from './connect-lab.ts'
import type { Context } from './context.ts'
import { anew, askLabHealth, endedParts, partName, timeOf } from './lab-health.ts'

interface StatusFlags {
  readonly name?: string
  readonly json?: boolean
}

/** What is known of one lab. `silent`: its daemon does not answer. */
type LabStatus =
  | { readonly state: 'starting' | 'silent'; readonly record: LabRecord }
  | {
      readonly state: 'whole' | 'not-whole'
      readonly record: LabRecord
      readonly health: LabHealth
      readonly facts: ClusterFacts
      readonly broken: readonly Broken[]
    }

/** `podpath lab status` */
export function addLabStatus(
  lab: Command,
  context: Context,
  running: (context: Context, name: string) => LabRecord,
): void {
  lab
    .command('status')
    .description('what is up, and what of it has ended')
    .option('--name <name>', 'one lab; all of them by default')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exit status 3: a lab is not whole (one of its nodes has ended, or it does not answer).

Examples:
  podpath lab status
  podpath lab status --name second --json`,
    )
    .action((flags: StatusFlags) =>
      context.run(async () => {
        const { io } = context
        const records =
          flags.name === undefined ? listLabs(labsDirectory(io.environment)) : [running(context, flags.name)]
        const labs = await Promise.all(records.map((record) => statusOf(record, context.signal)))
        if (flags.json) io.out(`${JSON.stringify({ version: 1, labs: labs.map(statusJson) })}\n`)
        else if (labs.length === 0) io.out('no lab is up: `podpath lab up` starts one\n')
        else for (const one of labs) io.out(`${statusLines(one).join('\n')}\n`)
        return exitOf(labs)
      }),
    )
}

const exitOf = (labs: readonly LabStatus[]): ExitStatus =>
  labs.some(({ state }) => state === 'not-whole' || state === 'silent')
    ? exitStatus.environment
    : exitStatus.fine

async function statusOf(record: LabRecord, signal: AbortSignal): Promise<LabStatus> {
  if (record.state === 'starting') return { state: 'starting', record }
  const cluster = await connectLab(record)
  try {
    const health = await askLabHealth(cluster.api.access)
    if (health === null) return { state: 'silent', record }
    const facts = await readFacts(cluster.api, { signal, only: ['nodes', 'pods'] }).catch(
      (error: unknown) => {
        if (error instanceof ClusterError && error.code !== 'aborted') return null
        throw error
      },
    )
    if (facts === null) return { state: 'silent', record }
    const state = endedParts(health).length === 0 ? 'whole' : 'not-whole'
    return { state, record, health, facts, broken: brokenIn(record) }
  } finally {
    cluster.close()
  }
}

/** What sets it apart from another lab. */
const looksOf = ({ seed, ami, subnets, prefixDelegation }: LabOptions): string =>
  [
    `seed ${seed}`,
    ami,
    ...(subnets === 'private' ? ['private subnets'] : []),
    ...(prefixDelegation ? ['prefix delegation'] : []),
  ].join('  ')

function statusLines(lab: LabStatus): readonly string[] {
  const { record } = lab
  if (lab.state === 'starting') return [`${record.name}  is being started  process ${record.pid}`]
  const head = `${record.name}  up since ${record.created}  process ${record.pid}  ${looksOf(record.options)}`
  if (lab.state === 'silent') return [head, `  it does not answer: ${anew(record)}`]
  if (!('facts' in lab)) return [head]
  return [
    head,
    ...endedParts(lab.health).map(
      (part) => `  not whole: ${partName(part)} ended at ${timeOf(part.endedAt)}: ${anew(record)}`,
    ),
    ...lab.health.parts.filter(({ state }) => state !== 'ended').map(broughtBack),
    ...lab.facts.nodes.flatMap((node) => [
      `  node ${node.name}  ${node.internalAddresses.join(' ')}  ${node.ready ? 'ready' : `not ready${node.unreadyBecause === null ? '' : ` (${node.unreadyBecause})`}`}`,
      ...ownPods(lab.facts, node.name).map(
        (pod) =>
          `    pod ${pod.namespace}/${pod.name}  ${pod.addresses.join(' ')}  ${pod.phase}${pod.phase === 'Running' && !pod.ready ? ', not ready' : ''}`,
      ),
    ]),
    ...lab.broken.map(
      (one) =>
        `  broken since ${one.since}: ${one.secret ? '(find it)' : `${one.code} on ${one.node}`}; podpath lab heal${labOption(record.name)} undoes it`,
    ),
    `  export KUBECONFIG=${kubeconfigPath(record)}`,
  ]
}

const broughtBack = (part: LabPartState): string =>
  part.state === 'returning'
    ? `  ${partName(part)} ended at ${timeOf(part.endedAt)} and is being started again`
    : `  ${partName(part)} ended at ${timeOf(part.endedAt)} and runs again (started again ${part.restarts === 1 ? 'once' : `${part.restarts} times`})`

const ownPods = ({ pods }: ClusterFacts, node: string) =>
  pods.filter((one) => one.node === node && !one.hostNetwork)

/** The same for programs. */
function statusJson(lab: LabStatus): object {
  const { record, state } = lab
  const { name, pid, created, options } = record
  const known = { name, state, process: pid, since: created, options }
  if (!('facts' in lab)) return known
  return {
    ...known,
    kubeconfig: kubeconfigPath(record),
    parts: lab.health.parts,
    nodes: lab.facts.nodes.map((node) => ({
      name: node.name,
      addresses: node.internalAddresses,
      ready: node.ready,
      because: node.unreadyBecause,
      pods: ownPods(lab.facts, node.name).map((pod) => ({
        namespace: pod.namespace,
        name: pod.name,
        addresses: pod.addresses,
        phase: pod.phase,
        ready: pod.ready,
      })),
    })),
    // Which fault a secret one is stays to be found.
    broken: lab.broken.map(({ secret, code, node, since }) => ({
      code: secret ? null : code,
      node: secret ? null : node,
      since,
    })),
  }
}
