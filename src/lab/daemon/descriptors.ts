import { readFileSync } from 'node:fs'
import type { LabOptions } from '../plan/topology.ts'
import { LabError } from './lab-error.ts'

/**
 * Descriptors that a lab's daemon may hold at once: a shell, pipes and watches for each node, twice that while it starts (a lab of
 * three nodes has some eighty when it is up).
 */
const wanted = ({ nodes }: LabOptions): number => 256 + 32 * nodes

/** Throws a LabError where this process may not open so many. Node itself raises the soft limit to the hard one. */
export function requireDescriptors(lab: LabOptions): void {
  const [, hard = 'unlimited'] =
    /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  if (hard !== 'unlimited' && Number(hard) < wanted(lab))
    throw new LabError({
      kind: 'too-few-files',
      nodes: lab.nodes,
      wanted: wanted(lab),
      allowed: Number(hard),
    })
}
