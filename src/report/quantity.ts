/** A time in the unit that keeps it short: `12 µs`, `0.41 ms`, `1.9 s`. */
export function formatNanoseconds(time: number): string {
  const size = Math.abs(time)
  const sign = time < 0 ? '−' : ''
  if (size < 999_500) return `${sign}${Math.round(size / 1_000)} µs`
  if (size < 999_500_000) return `${sign}${threeDigits(size / 1_000_000)} ms`
  return `${sign}${threeDigits(size / 1_000_000_000)} s`
}

export const formatMilliseconds = (time: number): string => formatNanoseconds(time * 1_000_000)

const threeDigits = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
