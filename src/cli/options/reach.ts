import { Option, type Command } from 'commander'
import { pullPolicies, type AgentSettings, type PullPolicy } from '../../cluster/agent/manifests.ts'
import type { Labels } from '../../cluster/api/labels.ts'
import type { Reach } from '../../cluster/reach/reach.ts'
import { UsageError } from '../process/failure.ts'
import { underHeading } from '../output/help.ts'
import { kubernetesName } from './kubernetes-name.ts'
import { wholeNumber } from './number.ts'
import { memoryQuantity } from './quantity.ts'
import { addSshFlags, givenSshFile, givenSshFlag, sshReachOf, type SshFlags } from './ssh.ts'
import { given } from '../../edge/given.ts'

/** How nodes are reached, as commander hands it over. Every command that looks at a node takes these. */
export interface ReachFlags extends SshFlags {
  readonly via?: 'agent' | 'ssh'
  readonly agentImage?: string
  readonly agentNamespace?: string
  readonly agentPullPolicy?: PullPolicy
  readonly agentPullSecret?: string
  readonly agentTimeout?: string
  readonly agentMemory?: string
  readonly nodeSelector?: string
  readonly maxNodes?: string
  readonly dryRun?: boolean
}

export const addReachFlags = (command: Command): Command =>
  addSshFlags(
    underHeading(
      'agent',
      underHeading('nodes', command, (one) =>
        one
          .addOption(
            new Option(
              '--via <way>',
              'how to get onto them: by an agent in the cluster, or by ssh, which creates nothing (default: agent)',
            ).choices(['agent', 'ssh']),
          )
          .option('--node-selector <labels>', 'only nodes with these labels, KEY=VALUE,…')
          .option(
            '--max-nodes <n>',
            'make agents on so many nodes without a question (default: 20; in a lab: all)',
          )
          .option(
            '--dry-run',
            'print what would be created, as YAML, and what would run on nodes; do nothing',
          ),
      ),
      (one) =>
        one
          .option('--agent-image <image>', 'its image')
          .option(
            '--agent-namespace <name>',
            'run it in this namespace, which must be there (default: one of its own, made and removed)',
          )
          .addOption(
            new Option(
              '--agent-pull-policy <policy>',
              'when nodes pull the image (default: IfNotPresent)',
            ).choices(pullPolicies),
          )
          .option('--agent-memory <quantity>', 'its limit of memory (default: 512Mi)')
          .option('--agent-pull-secret <name>', 'a secret in its namespace for the image’s registry')
          .option('--agent-timeout <seconds>', 'to wait until it is ready on every node (default: 120)'),
    ),
  )

/** Throws a UsageError. */
export function reachOf(flags: ReachFlags & { readonly lab?: string | true }): Reach {
  const nodeSelector = flags.nodeSelector === undefined ? undefined : labelsOf(flags.nodeSelector)
  const ssh = givenSshFlag(flags)
  if (flags.via === 'ssh') {
    const agentFlag = givenAgentFlag(flags)
    if (agentFlag !== undefined) throw new UsageError((usage) => usage.agentBySsh(agentFlag))
    const file = flags.lab === undefined ? undefined : givenSshFile(flags)
    if (file !== undefined) throw new UsageError((usage) => usage.sshFileForLab(file))
    return { ...sshReachOf(flags), ...given({ nodeSelector }) }
  }
  if (ssh !== undefined) throw new UsageError((usage) => usage.needsSsh(ssh))
  return {
    kind: 'agent',
    agent: agentSettings(flags),
    ...given({ nodeSelector }),
  }
}

const givenAgentFlag = (flags: ReachFlags): string | undefined =>
  (
    [
      ['--agent-image', flags.agentImage],
      ['--agent-namespace', flags.agentNamespace],
      ['--agent-pull-policy', flags.agentPullPolicy],
      ['--agent-pull-secret', flags.agentPullSecret],
      ['--agent-timeout', flags.agentTimeout],
      ['--agent-memory', flags.agentMemory],
      ['--max-nodes', flags.maxNodes],
    ] as const
  ).find(([, value]) => value !== undefined)?.[0]

function agentSettings(flags: ReachFlags): AgentSettings {
  const { agentNamespace, agentPullSecret, agentTimeout, agentMemory } = flags
  if (agentPullSecret !== undefined && agentNamespace === undefined)
    throw new UsageError((usage) => usage.pullSecret)
  return {
    ...given({ image: flags.agentImage, pullPolicy: flags.agentPullPolicy, pullSecret: agentPullSecret }),
    ...(agentNamespace === undefined
      ? {}
      : { namespace: kubernetesName('--agent-namespace', agentNamespace) }),
    ...(agentMemory === undefined ? {} : { memoryLimit: memoryQuantity('--agent-memory', agentMemory) }),
    ...(agentTimeout === undefined
      ? {}
      : { readyTimeoutMs: wholeNumber('--agent-timeout', agentTimeout, 1, 3600) * 1000 }),
  }
}

function labelsOf(text: string): Labels {
  const pairs = text.split(',').map((pair) => /^\s*([^=\s]+)=([^=\s]*)\s*$/.exec(pair))
  if (pairs.some((pair) => pair === null)) throw new UsageError((usage) => usage.nodeSelector(text))
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
}
