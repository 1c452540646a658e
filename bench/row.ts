/** One line of the benchmark's table. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  /** `x` for a ratio, else what the number counts: `packets/s`, `ms`. */
  readonly unit: string
  /** What was measured against what, in the same run. */
  readonly note: string
}
