import type { Decision, Stage } from '../../model/path/path.ts'
import type { Direction } from '../run/boundaries.ts'
import type { Budget } from '../run/budget.ts'
import type { CompiledVpc } from './compile.ts'
import type { HopWriter } from './hop-writer.ts'
import type { Memory } from './memory.ts'

/** One packet on its way through the VPC. */
export interface Trip {
  readonly compiled: CompiledVpc
  readonly memory: Memory
  readonly budget: Budget
  readonly hops: HopWriter
  readonly direction: Direction
}

export const decision = (stage: Stage, by: string, effect: string): Decision => ({ stage, by, effect })
