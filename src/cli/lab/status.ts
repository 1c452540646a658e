import type { Command } from 'commander'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import { ClusterError } from '../../cluster/api/cluster-error.ts'
import type { ClusterFacts } from '../../kubernetes/facts.ts'
import { readFacts } from '../../cluster/collect/read-facts.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { LabSentences } from '../../i18n/sentences/lab-sentences.ts'
import { exerciseIn, type Exercise } from '../../lab/fault/exercise.ts'
import { brokenIn, type Broken } from '../../lab/fault/broken.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { kubeconfigPath, labOption, labsDirectory, listLabs } from '../../lab/daemon/record/registry.ts'
import type { LabOptions } from '../../lab/plan/topology.ts'
import type { LabHealth, LabPartState } from '../../model/lab/lab-health.ts'
import { connectLab } from './connect-lab.ts'
import type { Context } from '../process/context.ts'
import { askLabHealth, lackingParts, timeOf } from './health.ts'

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
      readonly exercise: Exercise | null
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
Exit status 3: a lab is not whole (one of its nodes has ended or is stopped, or
it does not answer).

Examples:
  podpath lab status
  podpath lab status --name second --json`,
    )
    .action((flags: StatusFlags) =>
      context.run(async () => {
        const { io } = context
        const words = catalogue(context.language()).lab
        const records =
          flags.name === undefined ? listLabs(labsDirectory(io.environment)) : [running(context, flags.name)]
        const labs = await Promise.all(records.map((record) => statusOf(record, context.signal)))
        if (flags.json) io.out(`${JSON.stringify({ version: 1, labs: labs.map(statusJson) })}\n`)
        else if (labs.length === 0) io.out(`${words.status.none}\n`)
        else for (const one of labs) io.out(`${statusLines(one, words).join('\n')}\n`)
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
    const state = lackingParts(health).length === 0 ? 'whole' : 'not-whole'
    return { state, record, health, facts, broken: brokenIn(record), exercise: exerciseIn(record) }
  } finally {
    cluster.close()
  }
}

/** What sets it apart from another lab. */
const looksOf = (
  { seed, ami, subnets, prefixDelegation }: LabOptions,
  { status }: LabSentences,
): readonly string[] => [
  status.seed(seed),
  ami,
  ...(subnets === 'private' ? [status.privateSubnets] : []),
  ...(prefixDelegation ? [status.prefixDelegation] : []),
]

function statusLines(lab: LabStatus, words: LabSentences): readonly string[] {
  const { record } = lab
  const { status } = words
  const option = labOption(record.name)
  if (lab.state === 'starting') return [status.starting(record.name, record.pid)]
  const head = [
    record.name,
    status.upSince(record.created),
    status.process(record.pid),
    ...looksOf(record.options, words),
  ].join('  ')
  if (lab.state === 'silent') return [head, `  ${status.silent(option)}`]
  if (!('facts' in lab)) return [head]
  return [
    head,
    ...lackingParts(lab.health).map((part) => `  ${lacking(part, words, option)}`),
    ...lab.health.parts
      .filter((part) => !lackingParts(lab.health).includes(part))
      .map((part) => `  ${broughtBack(part, words)}`),
    ...lab.facts.nodes.flatMap((node) => [
      `  ${status.node} ${node.name}  ${node.internalAddresses.join(' ')}  ${node.ready ? status.ready : status.notReady(node.unreadyBecause)}`,
      ...ownPods(lab.facts, node.name).map(
        (pod) =>
          `    ${status.pod} ${pod.namespace}/${pod.name}  ${pod.addresses.join(' ')}  ${pod.phase}${pod.phase === 'Running' && !pod.ready ? `, ${status.notReady(null)}` : ''}`,
      ),
    ]),
    ...(lab.exercise ? [`  ${status.exercise(lab.exercise.since, lab.exercise.level, option)}`] : []),
    ...lab.broken
      .filter(({ secret }) => !secret)
      .map(({ since, code, node }) => `  ${status.broken(since, { code, node }, option)}`),
    `  export KUBECONFIG=${kubeconfigPath(record)}`,
  ]
}

const lacking = (part: LabPartState, { part: name, status }: LabSentences, option: string): string =>
  part.state === 'stopped'
    ? status.stopped(name(part), timeOf(part.endedAt), option)
    : status.ended(name(part), timeOf(part.endedAt), option)

const broughtBack = (part: LabPartState, { part: name, status }: LabSentences): string =>
  part.state === 'returning'
    ? status.returning(name(part), timeOf(part.endedAt))
    : status.broughtBack(name(part), timeOf(part.endedAt), part.restarts)

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
    exercise: lab.exercise,
    // Which fault a secret one is stays to be found.
    broken: lab.broken.map(({ secret, code, node, since }) => ({
      code: secret ? null : code,
      node: secret ? null : node,
      since,
    })),
  }
}
