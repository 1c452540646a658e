import type { Command } from 'commander'
import type { Reach } from '../cluster/reach.ts'

/** How nodes are reached, as commander hands it over. Every command that looks at a node takes these. */
export interface ReachFlags {
  readonly agentImage?: string
}

export const addReachFlags = (command: Command): Command =>
  command.option('--agent-image <image>', 'the image of podpath’s agent in the cluster')

export const reachOf = (flags: ReachFlags): Reach => ({
  kind: 'agent',
  agent: flags.agentImage === undefined ? {} : { image: flags.agentImage },
})
