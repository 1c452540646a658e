import type { Reporter } from 'vitest/node'

/** A file of tests and how long it took, in milliseconds. */
export interface Timed {
  readonly file: string
  readonly duration: number
}

const shown = 10

/** A line for each of the slowest files, the slowest first; none where there are no more than are shown. */
export const slowestLines = (timed: readonly Timed[]): readonly string[] =>
  timed.length <= shown
    ? []
    : timed
        .toSorted((a, b) => b.duration - a.duration)
        .slice(0, shown)
        .map(({ file, duration }) => `${(duration / 1000).toFixed(1).padStart(7)} s  ${file}`)

/** Ends a run with the files that took longest: where a suite that people wait for is made shorter. */
export const slowest = (write: (text: string) => void): Reporter => ({
  onTestRunEnd(modules) {
    const lines = slowestLines(
      modules.map((module) => ({ file: module.relativeModuleId, duration: module.diagnostic().duration })),
    )
    if (lines.length > 0) write(`Slowest:\n${lines.join('\n')}\n\n`)
  },
})
