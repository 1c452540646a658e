import { Option, type Command } from 'commander'
import type { Reach } from '../cluster/reach.ts'
import { UsageError } from './failure.ts'
import { addSshFlags, givenSshFile, givenSshFlag, sshReachOf, type SshFlags } from './ssh-options.ts'

/** How nodes are reached, as commander hands it over. Every command that looks at a node takes these. */
export interface ReachFlags extends SshFlags {
  readonly via?: 'agent' | 'ssh'
  readonly agentImage?: string
}

export const addReachFlags = (command: Command): Command =>
  addSshFlags(
    command
      .addOption(
        new Option(
          '--via <way>',
          'how to get onto the nodes: by an agent in the cluster, or by ssh, which creates nothing (default: agent)',
        ).choices(['agent', 'ssh']),
      )
      .option('--agent-image <image>', 'the image of podpath’s agent in the cluster'),
  )

export function reachOf(flags: ReachFlags & { readonly lab?: string | true }): Reach {
  const ssh = givenSshFlag(flags)
  if (flags.via === 'ssh') {
    if (flags.agentImage !== undefined)
      throw new UsageError('--agent-image and --via ssh exclude each other: by ssh there is no agent')
    const file = flags.lab === undefined ? undefined : givenSshFile(flags)
    if (file !== undefined)
      throw new UsageError(
        `${file} is not for a lab: its bastion has its own key, configuration and host keys`,
      )
    return sshReachOf(flags)
  }
  if (ssh !== undefined) throw new UsageError(`${ssh} needs --via ssh`)
  return {
    kind: 'agent',
    agent: flags.agentImage === undefined ? {} : { image: flags.agentImage },
  }
}
