import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { controllers, groupPlaces, type Controller, type GroupPlace } from './group-place.ts'

/** The control groups of one lab, as the machine names them. */
export interface ControlGroups {
  readonly version: 1 | 2
  /** The lab's own directory for each controller; of version 2 the same for all. */
  readonly directories: Readonly<Partial<Record<Controller, string>>>
}

/** Of everything in a lab together. */
export interface GroupLimits {
  /** Octets. */
  readonly memory: number
  readonly processes: number
}

/** What every lab's group is called first, and nothing else is removed. */
export const namePrefix = 'podpath-'

/** The group below a lab's in which its daemon and whatever has no limits of its own are. */
export const commonGroup = 'lab'

/** A group's files by version (cgroup-v1/memory.rst, cgroup-v2.rst in the kernel's documentation). */
export const limitFiles = {
  1: { memory: 'memory.limit_in_bytes', pids: 'pids.max' },
  2: { memory: 'memory.max', pids: 'pids.max' },
} as const

/**
 * Makes the groups of a lab where this user may make any, and sets its limits; undefined where the user may not, as in a session without
 * delegation. They are removed with removeControlGroups.
 */
export function makeControlGroups(name: string, limits: GroupLimits): ControlGroups | undefined {
  const places = groupPlaces(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  )
  for (const place of places.filter(isUsable)) {
    const made = makeIn(place, name, limits)
    if (made) return made
  }
  return undefined
}

/** Groups can be made there, with limits of memory and processes in them. */
function isUsable({ version, parents }: GroupPlace): boolean {
  const { memory, pids } = parents
  if (memory === undefined || pids === undefined) return false
  const directories = new Set(Object.values(parents))
  if (![...directories].every(isWritable)) return false
  if (version === 1) return true
  const given = readFileSync(join(memory, 'cgroup.subtree_control'), 'utf8').trim().split(' ')
  return given.includes('memory') && given.includes('pids') && isWritable(join(memory, 'cgroup.procs'))
}

function makeIn(
  { version, parents }: GroupPlace,
  name: string,
  limits: GroupLimits,
): ControlGroups | undefined {
  const directories: Partial<Record<Controller, string>> = {}
  try {
    for (const controller of controllers) {
      const parent = parents[controller]
      if (parent === undefined) continue
      const directory = join(parent, name)
      mkdirSync(directory, { recursive: true })
      directories[controller] = directory
      if (version === 2 && controller !== 'memory') continue
      if (version === 2) writeFileSync(join(directory, 'cgroup.subtree_control'), '+memory +pids')
      mkdirSync(join(directory, commonGroup), { recursive: true })
    }
    const files = limitFiles[version]
    writeFileSync(join(directories.memory ?? '', files.memory), String(limits.memory))
    writeFileSync(join(directories.pids ?? '', files.pids), String(limits.processes))
    if (version === 2) delegateCpu(directories.memory ?? '')
    return { version, directories }
  } catch {
    // What may not be written here, may be in the group above; if in none, whoever asked is told that there are no limits.
    removeControlGroups({ version, directories })
    return undefined
  }
}

/** Shares of processors are nice to have: where they are not given to us, only they are missing. */
function delegateCpu(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.subtree_control'), '+cpu')
  } catch {
    // A container's cpu limit is then not held, which its group's missing file tells.
  }
}

/** Removes the groups of a lab that has ended. Returns the directories that could not be removed: something still runs in them. */
export function removeControlGroups({ directories }: ControlGroups): readonly string[] {
  return [...new Set(Object.values(directories))]
    .filter((directory) => basename(directory).startsWith(namePrefix))
    .filter((directory) => !removed(directory) && !removedAsLab(directory))
}

/** Without root, what the lab made below its group belongs to ids of the user's range: whoever has them all may remove it. */
function removedAsLab(directory: string): boolean {
  if (process.getuid?.() === 0) return false
  const words = [
    '--user',
    '--map-root-user',
    '--map-auto',
    'find',
    directory,
    '-depth',
    '-type',
    'd',
    '-delete',
  ]
  return spawnSync('unshare', words, { stdio: 'ignore' }).status === 0
}

function removed(directory: string): boolean {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true }))
      if (entry.isDirectory()) removed(join(directory, entry.name))
    rmdirSync(directory)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    // Not for us, or not there: either way no group of ours can be made in it.
    return false
  }
}
