/** What everything in a lab together may take of the machine. */
export interface Budget {
  /** Octets, of processes and of files in memory. Held where control groups are delegated. */
  readonly memory: number
  /** Octets of all that is written inside: it lies in memory. */
  readonly disk: number
  /** Processes and threads. */
  readonly processes: number
}

const mebi = 2 ** 20

/** Octets of what a lab needs at the least: its daemon and three nodes take some 200 MiB. */
export const leastMemory = 256 * mebi
export const leastDisk = 16 * mebi
export const leastProcesses = 256

/**
 * Half of the machine's memory for the lab, a quarter of that for its files, and processes for a node's 110 pods (the kubelet's
 * limit) with a handful each.
 */
export const defaultBudget = (machineMemory: number, nodes: number): Budget => ({
  memory: Math.max(leastMemory, Math.floor(machineMemory / 2)),
  disk: Math.max(64 * mebi, Math.floor(machineMemory / 8)),
  processes: 4096 + nodes * 1024,
})
