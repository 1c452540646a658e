import { labDirectory, programRoot } from './lab-script.ts'
import type { VolumeBind } from './volumes.ts'

export interface RootRequest {
  /** The sandbox's own directory in the lab's, with root/ and what its overlays need. */
  readonly directory: string
  /** A node or a bastion: sets its own network's sysctls, and has sudo. A pod may set none, as on EKS. */
  readonly isHost: boolean
  /** A directory of commands that stand in `base.commandsAt` beside the machine's, and before them. */
  readonly commands?: string
  /** What the lab's root is made of. */
  readonly base: BaseRoot
  /** Directories of the lab bound into the sandbox read-only: [from, to]. */
  readonly binds?: readonly (readonly [from: string, to: string])[]
  /** Mounted last. */
  readonly volumes?: readonly VolumeBind[]
}

/** What the lab's own root was found to have. */
export interface BaseRoot {
  /** Directories of programs and libraries; `link` is what the name points to where it is a symbolic link. */
  readonly programs: readonly { readonly name: string; readonly link: string | null }[]
  /** A directory of `systemPath` in which commands may be laid over the machine's: nothing is mounted below it. */
  readonly commandsAt: string
  /** Which entries exist on this kernel below /proc. */
  readonly procEntries: ReadonlySet<string>
  /** Where sudo looks for its plugins; null where there is no sudo. */
  readonly sudoPlugins: string | null
  /** Where copies stand that act as root: [copy, place]. */
  readonly setuid: readonly (readonly [copy: string, place: string])[]
}

/** Directories of a sandbox's own: modes in the manner of a distribution. */
export const ownDirectories: readonly (readonly [path: string, mode: number])[] = [
  ...['etc', 'home', 'media', 'mnt', 'opt', 'run', 'srv', 'var'].map((name) => [name, 0o755] as const),
  ...['var/cache', 'var/lib', 'var/log', 'var/spool'].map((name) => [name, 0o755] as const),
  ['root', 0o700],
  ['tmp', 0o1777],
  ['var/tmp', 0o1777],
  ['dev', 0o755],
  ['proc', 0o555],
  ['sys', 0o555],
]

/** Files below /proc that reach beyond the sandbox's namespaces. `sys/net` is the network namespace's own. */
const readOnlyProc = ['irq', 'bus', 'fs', 'acpi', 'asound', 'scsi', 'sysrq-trigger'] as const
const readOnlySys = ['kernel', 'vm', 'fs', 'dev', 'debug', 'abi', 'user', 'sunrpc', 'crypto', 'xen'] as const

/** The fstab that builds the sandbox's root in one `mount -a`, and shows the whole of it at a path of the lab's, if any. */
export function sandboxFstab(request: RootRequest, shown?: string): string {
  const { directory, base, isHost } = request
  const root = `${directory}/root`
  const line = (source: string, target: string, type: string, options: string): string =>
    `${escape(source)} ${escape(target)} ${type} ${options} 0 0`
  const proc = [
    line('proc', `${root}/proc`, 'proc', 'nosuid,nodev,noexec'),
    ...readOnlyProc
      .filter((name) => base.procEntries.has(name))
      .map((name) => line(`${root}/proc/${name}`, `${root}/proc/${name}`, 'none', locked('bind', 'noexec'))),
    ...(isHost
      ? readOnlySys
          .filter((name) => base.procEntries.has(`sys/${name}`))
          .map((name) =>
            line(`${root}/proc/sys/${name}`, `${root}/proc/sys/${name}`, 'none', locked('bind', 'noexec')),
          )
      : [line(`${root}/proc/sys`, `${root}/proc/sys`, 'none', locked('bind', 'noexec'))]),
  ]
  return [
    line(root, root, 'none', 'bind'),
    ...base.programs
      .filter(({ link }) => link === null)
      .map(({ name }) => line(`/${name}`, `${root}/${name}`, 'none', 'rbind')),
    line(
      'overlay',
      `${root}/etc`,
      'overlay',
      `nosuid,nodev,lowerdir=${labDirectory}/etc,upperdir=${directory}/etc,workdir=${directory}/work,userxattr`,
    ),
    ...proc,
    line('/sys', `${root}/sys`, 'none', 'bind'),
    line('/dev', `${root}/dev`, 'none', 'rbind'),
    line('devpts', `${root}/dev/pts`, 'devpts', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620'),
    line(`${directory}/shm`, `${root}/dev/shm`, 'none', 'bind'),
    ...(request.commands === undefined
      ? []
      : [
          line(
            'overlay',
            root + base.commandsAt,
            'overlay',
            `ro,nosuid,nodev,lowerdir=${request.commands}:${base.commandsAt},userxattr`,
          ),
        ]),
    ...(isHost ? setuidPrograms(base, root, line) : []),
    ...(request.binds ?? []).map(([from, to]) => line(from, root + to, 'none', locked('rbind'))),
    ...(request.volumes ?? []).map(({ from, to, readOnly, isFile }) =>
      line(
        from,
        root + to,
        'none',
        [
          readOnly ? locked(isFile ? 'bind' : 'rbind') : isFile ? 'bind' : 'rbind',
          ...(isFile ? [] : ['X-mount.mkdir']),
        ].join(','),
      ),
    ),
    ...(shown === undefined ? [] : [line(root, shown, 'none', 'rbind,X-mount.mkdir')]),
    '',
  ].join('\n')
}

/** The copies that may act as root, in their places. */
const setuidPrograms = (
  base: BaseRoot,
  root: string,
  line: (source: string, target: string, type: string, options: string) => string,
): readonly string[] => [
  ...base.setuid.map(([copy, place]) => line(copy, root + place, 'none', 'bind,ro,nodev')),
  ...(base.sudoPlugins === null
    ? []
    : [line(`${labDirectory}/setuid/plugins`, root + base.sudoPlugins, 'none', 'bind,ro,nodev')]),
]

/** A bind mount that is read-only. Flags that are not named again would be taken off, which the kernel refuses. */
const locked = (bind: 'bind' | 'rbind', ...more: readonly string[]): string =>
  [bind, 'ro', 'nosuid', 'nodev', ...more].join(',')

/** What every sandbox sees of podpath's own programs. */
export const programBind: readonly [from: string, to: string] = [programRoot, programRoot]

/** fstab(5): spaces, tabs, newlines and backslashes as octal. */
const escape = (text: string): string =>
  text.replace(/[\s\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
