import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What a lab is made of on the host, as the kernel tells it: to be looked for again after its end. */
export interface LabTraces {
  /** pid and start time: pids are used again. */
  readonly processes: readonly string[]
  readonly networkNamespaces: readonly string[]
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A process that ended while we looked is no trace.
    return ''
  }
}

const networkOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    // As above; or a process that is ending and has no namespaces any more.
    return ''
  }
}

interface Seen {
  readonly pid: number
  readonly parent: number
  readonly start: string
  readonly state: string
}

const processes = (): readonly Seen[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`)
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return stat === ''
        ? []
        : [{ pid: Number(name), parent: Number(fields[1]), start: fields[19] ?? '', state: fields[0] ?? '' }]
    })

/** Every process below this one, in the order of their descent, and the namespaces they live in. */
export function tracesBelow(pid: number): LabTraces & { readonly pids: readonly number[] } {
  const all = processes()
  const found: Seen[] = all.filter((one) => one.pid === pid)
  for (let i = 0; i < found.length; i++) found.push(...all.filter((one) => one.parent === found[i]?.pid))
  const own = networkOf(process.pid)
  return {
    pids: found.map((one) => one.pid),
    processes: found.map((one) => `${one.pid} ${one.start}`),
    networkNamespaces: [...new Set(found.map((one) => networkOf(one.pid)))].filter(
      (one) => one !== '' && one !== own,
    ),
  }
}

/** What of it is still there. A zombie whose parent has not yet looked is no process any more. */
export function left(traces: LabTraces): readonly string[] {
  const all = processes().filter((one) => one.state !== 'Z')
  const alive = new Set(all.map((one) => `${one.pid} ${one.start}`))
  const namespaces = new Set(all.map((one) => networkOf(one.pid)))
  return [
    ...traces.processes.filter((one) => alive.has(one)).map((one) => `process ${one}`),
    ...traces.networkNamespaces.filter((one) => namespaces.has(one)),
  ]
}

/** Waits, briefly, until nothing of it is there: the kernel takes namespaces apart after their last process. */
export async function gone(traces: LabTraces): Promise<readonly string[]> {
  for (let i = 0; i < 200; i++) {
    if (left(traces).length === 0) return []
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return left(traces)
}

/** The host's own interfaces and mounts: no lab may ever add or take one. */
export const hostSurroundings = (): {
  readonly interfaces: readonly string[]
  readonly mounts: readonly string[]
} => ({
  interfaces: readdirSync('/sys/class/net').toSorted(),
  mounts: read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ').slice(3).join(' '))
    .filter((line) => /podpath|\/sandbox\//.test(line)),
})
