import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { LabError } from './lab-error.ts'

/** Programs the lab runs, and the Debian packages that bring them. */
const programs = {
  ip: 'iproute2',
  nft: 'nftables',
  'iptables-legacy-restore': 'iptables',
  'iptables-nft-restore': 'iptables',
  conntrack: 'conntrack',
  ipset: 'ipset',
  tcpdump: 'tcpdump',
  ping: 'iputils-ping',
  curl: 'curl',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  hostname: 'hostname',
  ps: 'procps',
} as const

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

const found = (program: string): boolean =>
  searchPath.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      // Not here; the next directory may have it.
      return false
    }
  })

/** What a lab without root needs besides: these map the user's own range of ids. */
const rootlessPrograms = { newuidmap: 'uidmap', newgidmap: 'uidmap' } as const

/** Debian packages that this machine lacks for a lab. */
export const missingPackages = (): readonly string[] => [
  ...new Set(
    Object.entries({ ...programs, ...(process.getuid?.() === 0 ? {} : rootlessPrograms) }).flatMap(
      ([program, name]) => (found(program) ? [] : [name]),
    ),
  ),
]

/** Throws a LabError of one line when this machine cannot run a lab. */
export function requireLab(): void {
  if (process.platform !== 'linux')
    throw new LabError(
      'not-able',
      `the lab needs a Linux kernel, and this is ${process.platform}: run it in a Linux virtual machine (for example \`limactl start template://debian-12\` on macOS, WSL 2 on Windows), or point podpath at a cluster with --context`,
    )
  const missing = missingPackages()
  if (missing.length > 0)
    throw new LabError(
      'not-able',
      `the lab needs programs that are missing: ${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install --no-install-recommends ${missing.join(' ')}`,
    )
  if (process.getuid?.() !== 0) requireUserNamespaces()
}

function requireUserNamespaces(): void {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--map-auto', '--net', 'true'], { stdio: 'pipe' })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    if (/sub[ug]id/.test(said))
      throw new LabError(
        'not-able',
        'your user has no range of ids of its own, which a lab without root needs: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
        { cause: error },
      )
    // unshare(1): `you (user 12345) don't exist.`
    if (/don't exist/.test(said))
      throw new LabError(
        'not-able',
        `user ${process.getuid?.() ?? ''} has no name in /etc/passwd, by which its range of ids would be found: run as a user that has one, or as root`,
        { cause: error },
      )
    throw new LabError(
      'not-able',
      'this machine lets only root make namespaces: run as root, or as root set `sysctl -w user.max_user_namespaces=10000` (and, where they exist, kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)',
      { cause: error },
    )
  }
}
