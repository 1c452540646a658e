/** The programs that a runner finds: those of the agent's image, or the node's own. */
export interface Programs {
  /** Known not to be there. */
  readonly missing: ReadonlySet<string>
  /** Which one is not there, and what to do about it: one clause. */
  readonly lack: (program: string) => string
}

/** The agent's image has what it needs, or somebody chose another. */
export const imagePrograms: Programs = {
  missing: new Set(),
  lack: (program) => `the agent image has no ${program}: choose another --agent-image`,
}

/** What looking at a node takes at the least. */
const indispensable = ['ip', 'nsenter', 'stat', 'awk', 'grep', 'xargs', 'mktemp', 'readlink'] as const
/** What a single file of a snapshot, a capture or a kind of probe takes. */
const useful = [
  'iptables-save',
  'ip6tables-save',
  'nft',
  'ipset',
  'conntrack',
  'tcpdump',
  'unshare',
  'ping',
  'bash',
  'curl',
  'getent',
] as const

/** Prints the node's distribution and the words that are no programs there: \`sh -c SURVEY podpath WORD…\`. */
export const surveyArgv = [
  'sh',
  '-c',
  `grep -s -E '^(ID|VERSION_ID)=' /etc/os-release
for program in "$@"; do command -v "$program" >/dev/null 2>&1 || echo "missing $program"; done`,
  'podpath',
  ...indispensable,
  ...useful,
] as const

/** How the distributions of EKS's images install packages, and what theirs are called where they are not the program. */
const redHat = {
  ip: 'iproute',
  ping: 'iputils',
  conntrack: 'conntrack-tools',
  nft: 'nftables',
  'iptables-save': 'iptables-nft',
  'ip6tables-save': 'iptables-nft',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  getent: 'glibc-common',
}
const debian = {
  ip: 'iproute2',
  ping: 'iputils-ping',
  nft: 'nftables',
  'iptables-save': 'iptables',
  'ip6tables-save': 'iptables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  getent: 'libc-bin',
}
const installers: Readonly<
  Record<string, { readonly command: string; readonly packages: Readonly<Record<string, string>> }>
> = {
  'amzn 2': {
    command: 'sudo yum install -y',
    packages: { ...redHat, 'iptables-save': 'iptables', 'ip6tables-save': 'iptables' },
  },
  amzn: { command: 'sudo dnf install -y', packages: redHat },
  rhel: { command: 'sudo dnf install -y', packages: redHat },
  fedora: { command: 'sudo dnf install -y', packages: redHat },
  ubuntu: { command: 'sudo apt-get install -y', packages: debian },
  debian: { command: 'sudo apt-get install -y', packages: debian },
}

/** What the survey printed → the node's own programs. */
export function nodePrograms(node: string, survey: string): Programs & { readonly hopeless: string | null } {
  const missing = new Set([...survey.matchAll(/^missing ([\w-]+)$/gm)].map(([, program = '']) => program))
  const field = (name: string): string => new RegExp(`^${name}="?([\\w.-]+)"?$`, 'm').exec(survey)?.[1] ?? ''
  const installer = installers[`${field('ID')} ${field('VERSION_ID')}`] ?? installers[field('ID')]
  const lack = (program: string): string => {
    const how =
      installer === undefined
        ? 'install it there, or use the agent (--via agent)'
        : `${installer.command} ${installer.packages[program] ?? program}`
    return `node ${node} has no ${program}: ${how}`
  }
  const first = indispensable.find((program) => missing.has(program))
  return { missing, lack, hopeless: first === undefined ? null : lack(first) }
}
