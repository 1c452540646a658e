/** Several measurements of one thing: the middle one counts, and how far they lie apart is said. */
export interface Sample {
  readonly median: number
  /** Half the distance between the smallest and the largest, as a part of the median. */
  readonly noise: number
  readonly runs: number
}

export function sampleOf(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  const first = sorted[0]
  const last = sorted.at(-1)
  if (median === undefined || first === undefined || last === undefined)
    throw new Error('a sample has at least one value')
  return { median, noise: (last - first) / 2 / median, runs: sorted.length }
}

/** `12.3 ms ±4 %` of five runs. */
export const inWords = ({ median, noise, runs }: Sample, unit: string): string =>
  `${median < 100 ? median.toFixed(1) : median.toFixed(0)} ${unit} ±${(noise * 100).toFixed(0)} % of ${runs}`

/** Milliseconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
