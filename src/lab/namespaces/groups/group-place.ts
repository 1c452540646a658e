import { resolve } from 'node:path'

/** What a lab's control groups limit. */
export const controllers = ['memory', 'pids', 'cpu'] as const
export type Controller = (typeof controllers)[number]

/** Where a group of a lab may be made: of version 2 one directory for all, of version 1 one for each controller. */
export interface GroupPlace {
  readonly version: 1 | 2
  /** The directories in which a lab's own group is made. */
  readonly parents: Readonly<Partial<Record<Controller, string>>>
}

interface Mount {
  readonly root: string
  readonly point: string
  readonly type: string
  readonly controllers: readonly string[]
}

/**
 * The directories of this process's own groups, nearest first, in which others could be made: `/proc/self/mountinfo` and
 * `/proc/self/cgroup` as text (cgroups(7)). Of version 2 a group with processes cannot have limited groups below
 * it, so there they are made beside it. Pure; which of them may be written is for the caller to find out.
 */
export function groupPlaces(mountinfo: string, cgroup: string): readonly GroupPlace[] {
  const mounts = readMounts(mountinfo)
  const paths = cgroup
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .flatMap((match) => (match ? [{ names: (match[1] ?? '').split(','), path: match[2] ?? '/' }] : []))
  const old = controllers.flatMap((controller): (readonly [Controller, string])[] => {
    const mount = mounts.find((one) => one.type === 'cgroup' && one.controllers.includes(controller))
    const own = paths.find(({ names }) => names.includes(controller))
    const directory = mount && own ? directoryOf(mount, own.path) : undefined
    return directory === undefined ? [] : [[controller, directory]]
  })
  if (old.some(([controller]) => controller === 'memory'))
    return [{ version: 1, parents: Object.fromEntries(old) }]
  const mount = mounts.find((one) => one.type === 'cgroup2')
  const own = paths.find(({ names }) => names.length === 1 && names[0] === '')
  // In a control-group namespace of one's own, what is outside of it is told with steps up.
  if (!mount || !own || own.path.includes('/..')) return []
  return ancestors(own.path).flatMap((path): GroupPlace[] => {
    const directory = directoryOf(mount, path)
    return directory === undefined
      ? []
      : [{ version: 2, parents: Object.fromEntries(controllers.map((one) => [one, directory])) }]
  })
}

/** Above a path, nearest first; the top itself when that is where one stands. */
function ancestors(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.length === 0) return ['/']
  return parts.map((_, index) => `/${parts.slice(0, parts.length - 1 - index).join('/')}`)
}

/** A group's directory; undefined when it is not below what is mounted. */
function directoryOf({ root, point }: Mount, path: string): string | undefined {
  if (path.includes('/..')) return undefined
  if (root === '/') return resolve(point, `.${path}`)
  return path === root || path.startsWith(`${root}/`)
    ? resolve(point, `.${path.slice(root.length)}`)
    : undefined
}

/** proc_pid_mountinfo(5): … root, mount point, options, optional fields, `-`, type, source, super options. */
const readMounts = (text: string): readonly Mount[] =>
  text.split('\n').flatMap((line): Mount[] => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '', point = ''] = before.split(' ')
    const [type = '', , options = ''] = after.split(' ')
    return type === 'cgroup' || type === 'cgroup2'
      ? [{ root: unescape(root), point: unescape(point), type, controllers: options.split(',') }]
      : []
  })

const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
