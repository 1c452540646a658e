import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshSettings } from '../../src/exec/ssh-options.ts'

/** A real sshd on a loopback port of its own, with keys, users and sudo rules of its own. Needs root. */
export interface TestSshd {
  /** As root. */
  readonly root: SshSettings
  /** As an ordinary user. */
  readonly user: SshSettings
  /** Where keys and the like are. */
  readonly directory: string
  /** The file that the server writes its log to. */
  readonly log: () => string
  /** Host's pids of processes under this sshd whose command line matches. */
  processes(pattern: RegExp): readonly number[]
  /** Ends it and all that runs under it, without a word to anybody. */
  end(): Promise<void>
}

export interface TestSshdOptions {
  /** Lines of sshd_config(5). */
  readonly config?: readonly string[]
  /** Whether the user's sudo asks for a password. */
  readonly sudoAsks?: boolean
  /** The user's ~/.bashrc. */
  readonly bashrc?: string
}

const userName = 'traveller'

export const makeKey = (file: string): void => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file])
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Its own mounts and processes: the machine's files are not touched, and its end is the end of all of it. */
const inside = `
set -e
d=$1
mount -t tmpfs none /run
mkdir -p /run/sshd
for f in passwd shadow group sudoers pam.d/sudo; do mount --bind "$d/$(basename $f)" "/etc/$f"; done
mount -t tmpfs none /etc/sudoers.d
exec /usr/sbin/sshd -D -f "$d/sshd_config" -E "$d/log"
`

export async function startSshd(options: TestSshdOptions = {}): Promise<TestSshd> {
  const directory = mkdtempSync(join(tmpdir(), 'podpath-sshd-'))
  chmodSync(directory, 0o755)
  const file = (name: string, text: string, mode = 0o644): string => {
    writeFileSync(join(directory, name), text, { mode })
    return join(directory, name)
  }
  const port = await freePort()
  makeKey(join(directory, 'host'))
  makeKey(join(directory, 'key'))
  const home = join(directory, 'home')
  mkdirSync(home)
  writeFileSync(join(home, '.bashrc'), options.bashrc ?? '')
  file(
    'passwd',
    `root:x:0:0::${home}:/bin/bash\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n${userName}:x:1500:1500::${home}:/bin/bash\n`,
  )
  file('group', `root:x:0:\nnogroup:x:65534:\n${userName}:x:1500:\n`)
  // No password, and not locked: a key may open the door.
  file('shadow', `root:*:20000::::::\nsshd:*:20000::::::\n${userName}:*:20000::::::\n`, 0o600)
  file(
    'sudoers',
    `Defaults env_reset\nroot ALL=(ALL) ALL\n${userName} ALL=(ALL) ${options.sudoAsks ? '' : 'NOPASSWD: '}ALL\n`,
    0o440,
  )
  file('sudo', 'auth required pam_deny.so\naccount required pam_permit.so\nsession required pam_permit.so\n')
  file('authorized', readFileSync(join(directory, 'key.pub'), 'utf8'))
  const publicHostKey = readFileSync(join(directory, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  const knownHostsFile = file('known_hosts', `[127.0.0.1]:${port} ${publicHostKey}\n`)
  file(
    'sshd_config',
    [
      ...(options.config ?? []),
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${join(directory, 'host')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized')}`,
      'AuthenticationMethods publickey',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'UseDNS no',
      'PidFile none',
      '',
    ].join('\n'),
  )
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', inside, 'sshd', directory],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const log = (): string => {
    try {
      return readFileSync(join(directory, 'log'), 'utf8')
    } catch {
      return ''
    }
  }
  await listening(port).catch((error: unknown) => {
    throw new Error(`sshd does not listen: ${said}${log()}`, { cause: error })
  })
  const settings = { port, keyFile: join(directory, 'key'), knownHostsFile, configFile: '/dev/null' }
  return {
    directory,
    root: { ...settings, user: 'root' },
    user: { ...settings, user: userName },
    log,
    processes: (pattern) => processesBelow(child.pid ?? 0).filter((pid) => pattern.test(commandLine(pid))),
    async end() {
      child.kill('SIGKILL')
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function listening(port: number): Promise<void> {
  for (let tried = 0; ; tried++)
    try {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy()
          resolve()
        })
        socket.once('error', reject)
      })
      return
    } catch (error) {
      if (tried > 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')
  } catch {
    return ''
  }
}

/** The processes under one, without it. */
export function processesBelow(ancestor: number): readonly number[] {
  const children = (pid: number): readonly number[] => {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
    } catch {
      return []
    }
  }
  return children(ancestor).flatMap((child) => [child, ...processesBelow(child)])
}
