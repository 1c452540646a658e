import { totalmem } from 'node:os'
import type { Command } from 'commander'
import { leastDisk, leastMemory, leastProcesses, type Budget } from '../../lab/namespaces/groups/budget.ts'
import { UsageError } from '../process/failure.ts'
import { wholeNumber } from '../options/number.ts'

/** The flags that say what a lab may take of the machine, as commander hands them over. */
export interface BudgetFlags {
  readonly memory?: string
  readonly disk?: string
  readonly processes?: string
}

export const addBudgetFlags = (command: Command): Command =>
  command
    .option('--memory <size>', 'of all its processes together, like 4g (default: half of the machine’s)')
    .option('--disk <size>', 'of all files written inside, which lie in memory (default: an eighth of it)')
    .option('--processes <n>', 'of everything in it together (default: 4096 and 1024 for each node)')

export function budgetOf({ memory, disk, processes }: BudgetFlags): Partial<Budget> {
  return {
    ...(memory === undefined ? {} : { memory: size('--memory', memory, leastMemory) }),
    ...(disk === undefined ? {} : { disk: size('--disk', disk, leastDisk) }),
    ...(processes === undefined
      ? {}
      : { processes: wholeNumber('--processes', processes, leastProcesses, 4_194_304) }),
  }
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** Octets of `512m`, `4g`, `4GiB` or a plain number, from `least` to what the machine has. */
function size(option: string, text: string, least: number): number {
  const [, number = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? []
  const octets = Math.floor(
    Number(number === '' ? Number.NaN : number) * (units[unit.toLowerCase()] ?? Number.NaN),
  )
  const most = totalmem()
  if (!(octets >= least && octets <= most))
    throw new UsageError((usage) => usage.size(option, text, least / 2 ** 20, Math.floor(most / 2 ** 20)))
  return octets
}
