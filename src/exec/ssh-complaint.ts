import type { RunErrorCode } from './run-error.ts'
import type { SshSettings } from './ssh-options.ts'

export interface SshComplaint {
  readonly code: RunErrorCode
  /** One line: what is wrong, and what to do about it. */
  readonly line: string
}

interface Asked {
  readonly host: string
  readonly settings: SshSettings
}

type Reading = readonly [
  pattern: RegExp,
  code: RunErrorCode,
  line: (asked: Asked, match: RegExpExecArray) => string,
]

const knownHosts = ({ settings }: Asked): string => settings.knownHostsFile ?? '~/.ssh/known_hosts'
const onPort = ({ settings }: Asked): string => (settings.port === undefined ? '' : `-p ${settings.port} `)

/** What ssh, sudo and the login shell say when a command cannot begin (OpenSSH 8 and 9, sudo 1.8 and 1.9). The first that fits. */
const readings: readonly Reading[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'not-allowed',
    (asked) =>
      `the host key of ${asked.host} is not the one in ${knownHosts(asked)}: somebody may be in between, or the machine was replaced; in that case \`ssh-keygen -R ${asked.host}\` forgets the old key`,
  ],
  [
    /No \S+ host key is known for (\S+) and you have requested strict checking/,
    'not-allowed',
    (asked, [, host]) =>
      `the host key of ${host ?? asked.host} is not known: put it into ${knownHosts(asked)} (\`ssh-keyscan ${onPort(asked)}${asked.host}\` prints it; compare it with the instance's console log), or name a file that has it with --ssh-known-hosts`,
  ],
  [/Host key verification failed/, 'not-allowed', ({ host }) => `the host key of ${host} cannot be verified`],
  [
    /(\S+): Permission denied \(([^)]*)\)/,
    'not-allowed',
    (_, [, who, methods]) =>
      `${who} does not let us in (${methods}): is it the right --ssh-user and --ssh-key? A key with a passphrase has to be in an agent (ssh-add)`,
  ],
  [
    /Too many authentication failures/,
    'not-allowed',
    ({ host }) => `${host} was offered too many keys: name the right one with --ssh-key`,
  ],
  [
    /UNPROTECTED PRIVATE KEY FILE|Bad permissions|bad permissions/,
    'not-allowed',
    () => 'others may read the key file, so ssh does not use it: chmod 600 it',
  ],
  [
    /sudo: (?:a password is required|.*terminal is required|no tty present)|sudo: .*must have a tty/,
    'not-allowed',
    ({ host, settings }) =>
      `sudo on ${host} asks ${settings.user ?? 'the user'} for a password or a terminal, and nobody is there to answer: let this user use sudo without one (NOPASSWD), or log in as root`,
  ],
  [
    /is not (?:in the sudoers file|allowed to (?:run sudo|execute))/,
    'not-allowed',
    ({ host, settings }) =>
      `${settings.user ?? 'the user'} may not use sudo on ${host}; podpath needs root there`,
  ],
  [
    /sudo: (?:command )?not found|exec: sudo: not found/,
    'not-found',
    ({ host }) => `${host} has no sudo: log in as root`,
  ],
  [
    /(?:Could not resolve hostname|Name or service not known)/,
    'connection',
    ({ host }) =>
      `the name ${host} has no address here: another --ssh-address (internal, external, name, instance)?`,
  ],
  [
    /(?:connect to host (\S+) port (\d+)|Connection to (\S+) port (\d+)).*?: *(.+)/,
    'connection',
    (asked, [, host, port, other, otherPort, why]) =>
      `no connection to ${host ?? other ?? asked.host} port ${port ?? otherPort}: ${(why ?? '').trim()}; its security group must let port ${port ?? otherPort} in from here, or use --ssh-jump, or another --ssh-address`,
  ],
  [
    /Connection timed out during banner exchange|Connection closed by|Connection reset by|kex_exchange_identification/,
    'connection',
    ({ host }) => `${host} closed the connection before anybody logged in`,
  ],
]

/** Reads why a command did not begin. What no reading knows is told in its own last words. */
export function readComplaint(said: string, asked: Asked): SshComplaint {
  for (const [pattern, code, line] of readings) {
    const match = pattern.exec(said)
    if (match) return { code, line: line(asked, match) }
  }
  const last = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1)
  return { code: 'connection', line: last ?? `${asked.host} ended the connection without a word` }
}
