import type { Command } from 'commander'
import type { NodeFiles } from '../../bundle/paste/open.ts'
import { UsageError } from '../process/failure.ts'

/** Options of commands that take a recorded snapshot. */
export interface RecordedFlags {
  /** None: a cluster is asked. */
  readonly bundle: readonly string[]
  /** `NAME=FILE` and further files of that node. Absent: the command does not take any. */
  readonly node?: readonly string[]
  readonly assumeVpc?: boolean
}

export const addBundleFlag = (command: Command): Command =>
  command.option(
    '--bundle <path>',
    'a recorded snapshot instead of a cluster: a directory or a file of podpath snapshot, or an archive of the EKS log collector (eks_i-….tar.gz; repeat it for more nodes)',
    (path: string, before: readonly string[]) => [...before, path],
    [],
  )

export const addRecordedFlags = (command: Command): Command =>
  addBundleFlag(command)
    .option(
      '--node <name=file...>',
      'what somebody pasted of a node: files or folders of text (ip addr, ip route, ip rule, iptables -S …; podpath read shows what is recognised)',
    )
    .option(
      '--assume-vpc',
      'with archives and pasted text, which hold nothing of the VPC: go on as if it delivered every packet',
    )

/** `n1=a.txt b.txt n2=c.txt` → the files of each node. Throws a UsageError. */
export function nodesOf(words: readonly string[]): readonly NodeFiles[] {
  const byName = new Map<string, string[]>()
  let paths: string[] | null = null
  for (const word of words) {
    const match = /^([A-Za-z0-9][A-Za-z0-9.-]{0,252})=(.+)$/.exec(word)
    if (match) {
      const [, name = '', path = ''] = match
      paths = byName.get(name) ?? []
      byName.set(name, paths)
      paths.push(path)
    } else if (paths === null || word === '') throw new UsageError((usage) => usage.nodeFiles(word))
    else paths.push(word)
  }
  return [...byName].map(([name, of]) => ({ name, paths: of }))
}
