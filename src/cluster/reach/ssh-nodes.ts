import { rm } from 'node:fs/promises'
import { RunError } from '../../exec/run-error.ts'
import { sshMachine, type SshMachine } from '../../exec/ssh.ts'
import type { SshSettings } from '../../exec/ssh-options.ts'
import type { Gap } from '../../model/result/result.ts'
import { makeTemporaryDirectory } from '../../own/temporary-directory.ts'
import type { Agent, Agents } from '../agent/agent.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { printable } from '../../edge/printable.ts'
import type { NodeFacts } from '../../kubernetes/facts.ts'
import { nodePrograms, surveyArgv } from './programs.ts'
import type { ReachRequest } from './request.ts'
import { reasonOf } from '../agent/reason.ts'
import { given } from '../../edge/given.ts'

/** Which of a node's addresses ssh is given. */
export type SshAddress = 'internal' | 'external' | 'name' | 'instance'
export const sshAddresses: readonly SshAddress[] = ['internal', 'external', 'name', 'instance']

export interface SshReach {
  readonly kind: 'ssh'
  readonly ssh: SshSettings
  readonly address: SshAddress
  /** Where its sockets go when ssh has other files than we (`launcher`); absent is a private directory of our own. */
  readonly socketDirectory?: string
}

/** Nodes that are connected to at the same time: each takes some of this machine's and the bastion's (MaxStartups) patience. */
const atOnce = 8
/** Milliseconds for a node to say what it has. */
const surveyTimeout = 20_000

/**
 * Reaches the nodes by ssh, lends them to `use`, and ends every connection in every case, with all that runs over
 * it. Nothing is created in the cluster or on a node. Rejects with what `use` rejects with, or a ClusterError:
 * `unreachable` when no node can be used, `aborted`.
 */
export async function withSshNodes<T>(
  reach: SshReach,
  request: ReachRequest,
  use: (agents: Agents) => Promise<T>,
): Promise<T> {
  const { signal } = request
  if (signal?.aborted) throw new ClusterError('aborted', 'stopped before any node was asked')
  // Short, because the sockets in it may not have long names; mode 0700.
  const own = reach.socketDirectory === undefined ? makeTemporaryDirectory('podpath-') : undefined
  const directory = own ?? reach.socketDirectory ?? ''
  const machines: SshMachine[] = []
  const end = (): Promise<unknown> => Promise.all(machines.map((machine) => machine.close()))
  const abort = (): void => void end()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const opened = await inTurn(request.nodes, atOnce, (node) => {
      const host = addressOf(node, reach.address)
      if (host === undefined)
        return Promise.resolve({ at: `node/${node.name}`, what: 'ssh', because: noAddress(reach.address) })
      const machine = sshMachine(reach.ssh, host, directory)
      machines.push(machine)
      return openNode(node, machine, signal)
    })
    signal?.throwIfAborted()
    return await use(agentsOf(opened, request))
  } catch (error) {
    if (signal?.aborted && !(error instanceof ClusterError))
      throw new ClusterError('aborted', 'stopped by the caller', { cause: error })
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    await end()
    if (own !== undefined) await rm(own, { recursive: true, force: true })
  }
}

/** What ssh may be given, whatever the API says: an address or a name, and never an option. */
const isHost = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/.test(text)

/** Undefined: the node has none of this kind. */
export function addressOf(node: NodeFacts, kind: SshAddress): string | undefined {
  const host = {
    internal: () => node.internalAddresses[0],
    external: () => node.externalAddresses[0],
    name: () => node.name,
    instance: () => /\/(i-[0-9a-f]+)$/.exec(node.providerId ?? '')?.[1],
  }[kind]()
  return host !== undefined && isHost(host) ? host : undefined
}

const noAddress = (kind: SshAddress): string =>
  `the node has no ${{ internal: 'internal address', external: 'external address', name: 'name', instance: 'instance id' }[kind]}: another --ssh-address may do`

async function openNode(
  node: NodeFacts,
  machine: SshMachine,
  signal: AbortSignal | undefined,
): Promise<Agent | Gap> {
  const gap = (because: string): Gap => ({
    at: `node/${node.name}`,
    what: 'ssh',
    because: printable(because, 500),
  })
  try {
    await machine.connect()
    const survey = await machine.runner.run(surveyArgv, {
      timeoutMs: surveyTimeout,
      ...given({ signal }),
    })
    const programs = nodePrograms(node.name, survey.stdout)
    return programs.hopeless === null
      ? { node: node.name, runner: machine.runner, programs }
      : gap(programs.hopeless)
  } catch (error) {
    return gap(error instanceof RunError ? error.failure.output : reasonOf(error))
  }
}

function agentsOf(opened: readonly (Agent | Gap)[], request: ReachRequest): Agents {
  const byNode = new Map(opened.flatMap((one) => ('runner' in one ? [[one.node, one] as const] : [])))
  const gaps = opened.filter((one) => 'because' in one)
  const [first] = gaps
  if (byNode.size === 0) {
    const others = gaps.length > 1 ? ` (and ${gaps.length - 1} more)` : ''
    throw new ClusterError(
      'unreachable',
      first ? `${first.at}: ${first.because}${others}` : 'there is no node to log in to',
    )
  }
  for (const gap of gaps) request.warn(`${gap.at}: ${gap.because}`)
  return { namespace: null, byNode, gaps }
}

/** Some at a time, in order. */
async function inTurn<In, Out>(
  items: readonly In[],
  most: number,
  work: (item: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const done: Out[] = []
  const entries = items.entries()
  const worker = async (): Promise<void> => {
    for (const [i, item] of entries) done[i] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  return done
}
