import type { Argv } from './runner.ts'
import { shellWords } from './shell-words.ts'

/** How to log in to machines, as a user would tell ssh(1). Absent is what ssh's own configuration says. */
export interface SshSettings {
  readonly user?: string
  readonly port?: number
  /** A private key's file. */
  readonly keyFile?: string
  /** ssh_config(5) instead of the user's own and the system's. */
  readonly configFile?: string
  /** known_hosts instead of the user's own. */
  readonly knownHostsFile?: string
  /** `[USER@]HOST[:PORT]`, several separated by commas: ssh's -J, yet with our key and known hosts for the last of them. */
  readonly jump?: string
  /** What starts ssh where the machines can be reached, when that is not here. */
  readonly launcher?: readonly string[]
}

/** Seconds to connect; between questions whether the other side is there; and how many of these go unanswered. */
const connectTimeout = 10
const aliveEvery = 5
const aliveMisses = 3

/**
 * Options that hold for every connection of ours: nobody is asked anything, host keys are checked, none of the user's
 * forwardings, terminals and commands come along, and a connection that is gone ends by itself.
 */
const always = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  `ConnectTimeout=${connectTimeout}`,
  'ConnectionAttempts=1',
  `ServerAliveInterval=${aliveEvery}`,
  `ServerAliveCountMax=${aliveMisses}`,
  'LogLevel=ERROR',
]
const sessions = [
  'RequestTTY=no',
  'RemoteCommand=none',
  'PermitLocalCommand=no',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
]

/** A file's name as an option's value: in quotes, with nothing to expand (ssh_config(5), TOKENS). */
export const optionFile = (file: string): string =>
  `"${file.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`

const options = (words: readonly string[]): readonly string[] => words.flatMap((word) => ['-o', word])

/** What opens the door, to the machine itself or to the one before it. */
const identity = (settings: SshSettings): readonly string[] => [
  ...(settings.configFile === undefined ? [] : ['-F', settings.configFile]),
  ...options([
    ...always,
    // Only that key: an agent with many keys uses up the server's patience (MaxAuthTries) before it.
    ...(settings.keyFile === undefined
      ? []
      : [`IdentityFile=${optionFile(settings.keyFile)}`, 'IdentitiesOnly=yes']),
    ...(settings.knownHostsFile === undefined
      ? []
      : [`UserKnownHostsFile=${optionFile(settings.knownHostsFile)}`]),
  ]),
]

/** `ssh OPTIONS MORE -- HOST`; a command's text may follow. */
export function sshArgv(settings: SshSettings, host: string, more: readonly string[] = []): Argv {
  const [program, ...rest] = [
    ...(settings.launcher ?? []),
    'ssh',
    '-T',
    ...identity(settings),
    ...options(sessions),
    ...(settings.port === undefined ? [] : ['-p', String(settings.port)]),
    ...(settings.jump === undefined ? [] : options([`ProxyCommand=${jumpCommand(settings, settings.jump)}`])),
    ...more,
    '--',
    destination(settings, host),
  ]
  return [program ?? 'ssh', ...rest]
}

export const destination = ({ user }: SshSettings, host: string): string =>
  user === undefined ? host : `${user}@${host}`

/**
 * ssh's own -J gives the machines on the way none of these options, so it would ask, and offer them another key. This is what it runs,
 * with them: for the user's shell to read, and with % for ssh itself.
 */
function jumpCommand(settings: SshSettings, jump: string): string {
  const hops = jump.split(',').map((hop) => hop.trim())
  const last = /^(.*?)(?::(\d+))?$/.exec(hops.pop() ?? '')
  const [, host = '', port] = last ?? []
  const words = [
    'ssh',
    ...identity(settings),
    ...(hops.length === 0 ? [] : ['-J', hops.join(',')]),
    ...(port === undefined ? [] : ['-p', port]),
    ...['-W', '[%h]:%p', '--', host],
  ]
  return words.map((word) => (word === '[%h]:%p' ? word : shellWords([word]).replaceAll('%', '%%'))).join(' ')
}
