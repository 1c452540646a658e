import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limitFiles } from '../namespaces/groups/control-groups.ts'
import type { Controller } from '../namespaces/groups/group-place.ts'
import { labDirectory } from '../namespaces/root/lab-script.ts'
import type { ContainerLimits } from '../sandbox.ts'

/** The lab's own control groups as its daemon sees them: where containers with limits get groups of their own. */
export interface LabGroups {
  readonly version: 1 | 2
  readonly controllers: readonly Controller[]
}

/** The group of one container. */
export interface ContainerGroup {
  /** The files that a process writes 0 into to belong to it. */
  readonly joins: readonly string[]
  /** How many of its processes the kernel has killed because its memory was full. */
  outOfMemory(): number
  /** When nothing runs in it any more. */
  remove(): void
}

/** Microseconds: the period within which a share of processors holds; Kubernetes' own (pkg/kubelet/cm, QuotaPeriod). */
const period = 100_000

/** Where the lab's first script shows a controller's group. */
const directoryOf = (controller: Controller): string => join(labDirectory, 'groups', controller)

/** Makes a group with these limits. `name` is the group's own among the lab's. */
export function makeContainerGroup(
  { version, controllers }: LabGroups,
  name: string,
  { memory, processors }: ContainerLimits,
): ContainerGroup {
  const wanted: readonly Controller[] = [
    ...(memory === undefined ? [] : (['memory'] as const)),
    ...(processors === undefined ? [] : (['cpu'] as const)),
  ].filter((one) => controllers.includes(one))
  const directories = [...new Set(wanted.map((one) => (version === 2 ? 'memory' : one)))].map((one) =>
    join(directoryOf(one), name),
  )
  for (const directory of directories) mkdirSync(directory, { recursive: true })
  const memoryGroup = join(directoryOf('memory'), name)
  if (wanted.includes('memory')) writeFileSync(join(memoryGroup, limitFiles[version].memory), String(memory))
  if (wanted.includes('cpu') && processors !== undefined) {
    const quota = Math.max(1_000, Math.round(processors * period))
    const [file, text] =
      version === 2
        ? [join(memoryGroup, 'cpu.max'), `${quota} ${period}`]
        : [join(directoryOf('cpu'), name, 'cpu.cfs_quota_us'), String(quota)]
    // Shares of processors may not have been given to the lab.
    if (existsSync(file)) writeFileSync(file, text)
  }
  return {
    joins: directories.map((directory) => join(directory, 'cgroup.procs')),
    outOfMemory() {
      if (!wanted.includes('memory')) return 0
      const events = readFileSync(
        join(memoryGroup, version === 2 ? 'memory.events' : 'memory.oom_control'),
        'utf8',
      )
      return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0)
    },
    remove() {
      for (const directory of directories) removeDirectory(directory)
    },
  }
}

/** A process that is ending still counts for a moment: what cannot be removed now goes with the lab. */
function removeDirectory(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EBUSY' && code !== 'ENOENT') throw error
  }
}

/** The words that run a command in these groups. */
export const inGroups = (joins: readonly string[], argv: readonly string[]): readonly string[] =>
  joins.length === 0
    ? argv
    : [
        ...[
          'sh',
          '-c',
          'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"',
          'podpath-join',
        ],
        ...joins,
        '--',
        ...argv,
      ]
