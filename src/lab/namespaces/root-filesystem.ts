import type { VolumeBind } from './volumes.ts'

/** How a sandbox's files look: `root` lays an overlay over the host's files, `rootless` binds them read-only. */
export type Way = 'root' | 'rootless'

export interface RootRequest {
  readonly way: Way
  /** The lab's directory: host/, dev/, sandbox/, etc/. */
  readonly lab: string
  /** The sandbox's own directory below it, with upper/, work/ and root/. */
  readonly directory: string
  /** A node or a privileged place may set its own network's sysctls; a pod may set none, as on EKS. */
  readonly networkSysctls: boolean
  /** Top-level directories of the host, and symbolic links with what they point to. Only for `rootless`. */
  readonly topLevel: readonly { readonly name: string; readonly link: string | null }[]
  /** Which of these exist on this kernel below /proc. */
  readonly procEntries: ReadonlySet<string>
  /** Directories of the lab bound into the sandbox read-only: [from, to]. */
  readonly binds?: readonly (readonly [from: string, to: string])[]
  /** Mounted last. */
  readonly volumes?: readonly VolumeBind[]
}

/** Directories that show the host's own affairs: every sandbox gets an empty one. */
const emptied = ['/tmp', '/run', '/root', '/home', '/var/tmp', '/var/log', '/mnt', '/media'] as const

/** Files below /proc that reach beyond the sandbox's namespaces. `sys/net` is the network namespace's own. */
const readOnlyProc = ['irq', 'bus', 'fs', 'acpi', 'asound', 'scsi', 'sysrq-trigger'] as const
const readOnlySys = ['kernel', 'vm', 'fs', 'dev', 'debug', 'abi', 'user', 'sunrpc', 'crypto', 'xen'] as const

/** Directories never bound from the host in a rootless sandbox. */
const ownDirectories = new Set([
  'proc',
  'sys',
  'dev',
  'run',
  'tmp',
  'root',
  'home',
  'mnt',
  'media',
  'etc',
  // Where podpath's own programs are bound; the host's has no place for them, and none can be made in it.
  'opt',
  'lost+found',
])

/** The fstab that builds the sandbox's root in one `mount -a`. */
export function sandboxFstab(request: RootRequest): string {
  const root = `${request.directory}/root`
  const line = (source: string, target: string, type: string, options: string): string =>
    `${escape(source)} ${escape(target)} ${type} ${options} 0 0`
  const base =
    request.way === 'root'
      ? [
          line(
            'overlay',
            root,
            'overlay',
            `lowerdir=${request.lab}/host,upperdir=${request.directory}/upper,workdir=${request.directory}/work`,
          ),
        ]
      : [
          line(request.directory + '/root', root, 'none', 'bind'),
          ...request.topLevel
            .filter(({ name, link }) => link === null && !ownDirectories.has(name))
            .map(({ name }) => line(`${request.lab}/host/${name}`, `${root}/${name}`, 'none', 'rbind')),
          line(
            'overlay',
            `${root}/etc`,
            'overlay',
            `lowerdir=${request.lab}/etc,upperdir=${request.directory}/upper/etc,workdir=${request.directory}/work,userxattr`,
          ),
        ]
  const proc = [
    line('proc', `${root}/proc`, 'proc', 'nosuid,nodev,noexec'),
    ...readOnlyProc
      .filter((name) => request.procEntries.has(name))
      .map((name) => line(`${root}/proc/${name}`, `${root}/proc/${name}`, 'none', 'bind,ro')),
    ...(request.networkSysctls
      ? readOnlySys
          .filter((name) => request.procEntries.has(`sys/${name}`))
          .map((name) => line(`${root}/proc/sys/${name}`, `${root}/proc/sys/${name}`, 'none', 'bind,ro'))
      : [line(`${root}/proc/sys`, `${root}/proc/sys`, 'none', 'bind,ro')]),
  ]
  return [
    ...base,
    ...emptied
      .filter((target) => request.way === 'root' || target !== '/var/tmp')
      .map((target) =>
        line(
          'tmpfs',
          root + target,
          'tmpfs',
          `nosuid,nodev,mode=${target.endsWith('tmp') ? '1777' : '0755'}`,
        ),
      ),
    ...proc,
    // Not the file systems below it: control groups are the host's. Without root, what is below is locked to it.
    line('/sys', `${root}/sys`, 'none', request.way === 'root' ? 'bind,ro' : 'rbind,ro'),
    line(`${request.lab}/dev`, `${root}/dev`, 'none', 'rbind'),
    line('devpts', `${root}/dev/pts`, 'devpts', 'newinstance,ptmxmode=0666,mode=0620'),
    line('tmpfs', `${root}/dev/shm`, 'tmpfs', 'nosuid,nodev,mode=1777'),
    ...(request.binds ?? []).map(([from, to]) =>
      line(from, root + to, 'none', `bind,ro${isEmptied(to) ? ',X-mount.mkdir' : ''}`),
    ),
    ...(request.volumes ?? []).map(({ from, to, readOnly, isFile }) =>
      line(
        from,
        root + to,
        'none',
        [isFile ? 'bind' : 'rbind', ...(readOnly ? ['ro'] : []), ...(isFile ? [] : ['X-mount.mkdir'])].join(
          ',',
        ),
      ),
    ),
    '',
  ].join('\n')
}

/** Nothing is there yet for a bind below it to be mounted on. */
const isEmptied = (path: string): boolean => emptied.some((top) => path.startsWith(`${top}/`))

/** fstab(5): spaces, tabs, newlines and backslashes as octal. */
const escape = (text: string): string =>
  text.replace(/[\s\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
