import type { Ami } from '../../intent/vpc-cni/settings.ts'
import type { Act } from '../dataplane/act.ts'
import { loginUser, shadowOf, type Accounts } from './accounts.ts'

export interface NodeLogin {
  readonly ami: Ami
  readonly accounts: Accounts
  /** The node's own private key's file. */
  readonly hostKey: string
  /** The public key that may log in as ec2-user. */
  readonly authorized: string
}

/** A PATH with the system's programs in it, as Amazon Linux gives one to its users. */
export const loginPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Not as a daemon of its own making: the lab's daemon watches it, and is its parent as systemd is on a node. */
export const sshdCommand = [
  '/usr/sbin/sshd',
  '-D',
  ...['-f', '/etc/ssh/sshd_config', '-E', '/var/log/secure'],
] as const

const hostKeyFile = '/etc/ssh/ssh_host_ed25519_key'

/**
 * sshd_config(5). Keys only, and no PAM: its modules would ask about the host's accounts. The keep-alives end the
 * session, and with it what runs on its terminal, when a client is gone without a word. Who connects and does not log in
 * keeps nobody else out: a pod has a fifth of what may be waiting (OpenSSH 8.5).
 */
const sshdConfig = `Port 22
HostKey ${hostKeyFile}
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
AcceptEnv LANG LC_*
SetEnv PATH=${loginPath}
MaxStartups 200
PerSourceMaxStartups 40
LoginGraceTime 30
MaxSessions 100
ClientAliveInterval 15
ClientAliveCountMax 3
PidFile none
Subsystem sftp internal-sftp
`

/** Nobody's password is asked for, and none of the host's rules is read. */
const sudoers = `Defaults env_reset
Defaults secure_path="${loginPath}"
root ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
`

const sudoPam = `auth required pam_deny.so
account required pam_permit.so
session required pam_permit.so
`

/** What every machine's shells read: a prompt as on Amazon Linux, and nothing of the host's. */
export const profile = `export PATH=${loginPath}
umask 022
if [ "\${PS1-}" ]; then
  PS1='[\\u@\\h \\W]\\$ '
  [ -z "\${BASH-}" ] || [ ! -r ~/.bashrc ] || . ~/.bashrc
fi
`
export const bashrc = `[ -z "\${PS1-}" ] || PS1='[\\u@\\h \\W]\\$ '
alias ll='ls -l --color=auto'
`

/** The account files of a machine. */
export const accountActs = (accounts: Accounts): readonly Act[] => [
  { kind: 'file', why: 'users', path: '/etc/passwd', text: accounts.passwd },
  { kind: 'file', why: 'groups', path: '/etc/group', text: accounts.group },
  {
    kind: 'file',
    why: 'nobody has a password',
    path: '/etc/shadow',
    text: shadowOf(accounts.passwd),
    private: true,
  },
  { kind: 'file', why: 'no group has one', path: '/etc/gshadow', text: '', private: true },
  { kind: 'file', why: 'login shells', path: '/etc/profile', text: profile },
  { kind: 'file', why: 'shells', path: '/etc/bash.bashrc', text: bashrc },
]

/** os-release(5) of the image that the API says the node has; the programs are this machine's all the same. */
const osRelease: Readonly<Record<Ami, string>> = {
  al2: `NAME="Amazon Linux"
VERSION="2"
ID="amzn"
ID_LIKE="centos rhel fedora"
VERSION_ID="2"
PRETTY_NAME="Amazon Linux 2"
`,
  al2023: `NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PRETTY_NAME="Amazon Linux 2023"
`,
}

/** What a node needs so that ec2-user can log in and be root. */
export function nodeLoginActs(login: NodeLogin): readonly Act[] {
  const { home, uid, gid } = loginUser
  return [
    ...accountActs(login.accounts),
    {
      kind: 'run',
      why: 'directories',
      argv: [
        'mkdir',
        '-p',
        '-m',
        '0755',
        '/run/sshd',
        `${home}/.ssh`,
        '/etc/ssh',
        '/etc/pam.d',
        '/etc/sudoers.d',
      ],
    },
    { kind: 'file', why: 'the image', path: '/etc/os-release', text: osRelease[login.ami] },
    // sshd writes down who is there only where these files are: who(1), w(1), last(1).
    {
      kind: 'run',
      why: 'who is logged in',
      argv: [
        'sh',
        '-c',
        'cd /run && : >utmp && cd /var/log && : >wtmp && : >lastlog && chmod 664 /run/utmp wtmp lastlog',
      ],
    },
    { kind: 'file', why: 'the node’s key', path: hostKeyFile, text: login.hostKey, private: true },
    { kind: 'file', why: 'sshd', path: '/etc/ssh/sshd_config', text: sshdConfig },
    { kind: 'file', why: 'sudo', path: '/etc/sudoers', text: sudoers, private: true },
    { kind: 'file', why: 'sudo', path: '/etc/pam.d/sudo', text: sudoPam },
    {
      kind: 'file',
      why: 'sudo without a password',
      path: '/etc/sudoers.d/90-cloud-init-users',
      text: `${loginUser.name} ALL=(ALL) NOPASSWD:ALL\n`,
      private: true,
    },
    {
      kind: 'file',
      why: 'who may log in',
      path: `${home}/.ssh/authorized_keys`,
      text: `${login.authorized} podpath-lab\n`,
      private: true,
    },
    {
      kind: 'file',
      why: 'ec2-user’s shells',
      path: `${home}/.bash_profile`,
      text: '[ -r ~/.bashrc ] && . ~/.bashrc\n',
    },
    { kind: 'file', why: 'ec2-user’s shells', path: `${home}/.bashrc`, text: bashrc },
    {
      kind: 'run',
      why: 'ec2-user’s home',
      argv: ['sh', '-c', `chmod 700 ${home} ${home}/.ssh && chown -R ${uid}:${gid} ${home}`],
    },
  ]
}
