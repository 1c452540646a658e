import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { sshAddresses, type SshAddress, type SshReach } from '../../cluster/reach/ssh-nodes.ts'
import { UsageError } from '../process/failure.ts'
import { underHeading } from '../output/help.ts'
import { wholeNumber } from './number.ts'
import { given } from '../../edge/given.ts'

/** How to log in to the nodes, as commander hands it over. */
export interface SshFlags {
  readonly sshUser?: string
  readonly sshKey?: string
  readonly sshPort?: string
  readonly sshConfig?: string
  readonly sshKnownHosts?: string
  readonly sshJump?: string
  readonly sshAddress?: SshAddress
}

export const addSshFlags = (command: Command): Command =>
  underHeading('ssh', command, (one) =>
    one
      .option('--ssh-user <name>', 'who logs in, root or with sudo (default: as ssh)')
      .option('--ssh-key <file>', 'the private key (default: as ssh)')
      .option('--ssh-port <n>', 'the port (default: as ssh)')
      .option('--ssh-jump <hosts>', '[USER@]HOST[:PORT] to go through, as ssh -J')
      .option('--ssh-config <file>', 'an ssh configuration instead of your own')
      .option('--ssh-known-hosts <file>', 'the nodes’ host keys (default: as ssh)')
      .addOption(
        new Option('--ssh-address <kind>', 'which of a node’s addresses (default: internal)').choices(
          sshAddresses,
        ),
      ),
  )

const flagNames: readonly (readonly [keyof SshFlags, string])[] = [
  ['sshUser', '--ssh-user'],
  ['sshKey', '--ssh-key'],
  ['sshPort', '--ssh-port'],
  ['sshConfig', '--ssh-config'],
  ['sshKnownHosts', '--ssh-known-hosts'],
  ['sshJump', '--ssh-jump'],
  ['sshAddress', '--ssh-address'],
]

const files: ReadonlySet<keyof SshFlags> = new Set(['sshKey', 'sshConfig', 'sshKnownHosts'])

/** The first of the flags that name a file. */
export const givenSshFile = (flags: SshFlags): string | undefined =>
  flagNames.find(([key]) => files.has(key) && flags[key] !== undefined)?.[1]

/** The first of these flags that was given. */
export const givenSshFlag = (flags: SshFlags): string | undefined =>
  flagNames.find(([key]) => flags[key] !== undefined)?.[1]

/** Throws a UsageError in one line for what ssh would only stumble over later. */
export function sshReachOf(flags: SshFlags): SshReach {
  const { sshUser, sshPort, sshJump } = flags
  if (sshUser !== undefined && !/^[A-Za-z_][\w.@\\-]{0,99}\$?$/.test(sshUser))
    throw new UsageError((usage) => usage.sshUser(sshUser))
  if (sshJump !== undefined && !sshJump.split(',').every((hop) => hopForm.test(hop.trim())))
    throw new UsageError((usage) => usage.sshJump(sshJump))
  const file = (name: string, path: string | undefined) => readable(name, path)
  const keyFile = file('--ssh-key', flags.sshKey)
  const configFile = file('--ssh-config', flags.sshConfig)
  const knownHostsFile = file('--ssh-known-hosts', flags.sshKnownHosts)
  return {
    kind: 'ssh',
    address: flags.sshAddress ?? 'internal',
    ssh: {
      ...given({ user: sshUser }),
      ...(sshPort === undefined ? {} : { port: wholeNumber('--ssh-port', sshPort, 1, 65535) }),
      ...given({ jump: sshJump, keyFile, configFile, knownHostsFile }),
    },
  }
}

const hopForm = /^([A-Za-z_][\w.\\-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$/

/** ssh only warns about a key that is not there, and then says that nobody was let in. */
function readable(flag: string, path: string | undefined): string | undefined {
  // ssh knows whose home a tilde is.
  if (path === undefined || path.startsWith('~')) return path
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new UsageError((usage) => usage.unreadable(flag, path), { cause })
  }
  return resolve(path)
}
