import type { Command } from 'commander'

/** Options of commands that take a recorded snapshot. */
export interface RecordedFlags {
  /** None: a cluster is asked. */
  readonly bundle: readonly string[]
  readonly assumeVpc?: boolean
}

export const addBundleFlag = (command: Command): Command =>
  command.option(
    '--bundle <path>',
    'a recorded snapshot instead of a cluster: a directory of podpath snapshot, or an archive of the EKS log collector (eks_i-….tar.gz; repeat it for more nodes)',
    (path: string, before: readonly string[]) => [...before, path],
    [],
  )

export const addRecordedFlags = (command: Command): Command =>
  addBundleFlag(command).option(
    '--assume-vpc',
    'with archives, which hold nothing of the VPC: go on as if it delivered every packet',
  )
