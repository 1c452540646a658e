import { readdirSync, readFileSync } from 'node:fs'

/** What the lab's daemon holds of the machine. */
export interface DaemonSize {
  readonly descriptors: number
  /** Resident memory, in MB. */
  readonly memory: number
  /** Processes of the whole lab. */
  readonly processes: number
}

export function sizeOfDaemon(lab: number): DaemonSize {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(/^PPid:\t(\d+)$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0)
    parents.set(parent, [...(parents.get(parent) ?? []), pid])
  }
  const tree = (pid: number): readonly number[] => [pid, ...(parents.get(pid) ?? []).flatMap(tree)]
  const all = tree(lab)
  const daemon = all.find(
    (pid) =>
      textOf(`/proc/${pid}/comm`).startsWith('node') &&
      textOf(`/proc/${pid}/cmdline`).includes('lab/daemon/main.js\0'),
  )
  if (daemon === undefined) throw new Error(`no daemon under process ${lab}`)
  return {
    descriptors: readdirSync(`/proc/${daemon}/fd`).length,
    memory: Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${daemon}/status`))?.[1] ?? 0) / 1024,
    processes: all.length,
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process ended while we looked.
    return ''
  }
}
