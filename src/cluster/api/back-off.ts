/** Milliseconds before the first repetition, and how many times longer each further wait is. */
const first = 200
const growth = 3

/**
 * Milliseconds to wait before the next try, after so many: 200, 600, 1,800…, each between half and the whole of that by
 * chance, so that many clients that were refused together do not come back together.
 */
export const backOff = (tried: number, random: () => number = Math.random): number =>
  Math.round(first * growth ** (tried - 1) * (0.5 + random() / 2))

/** Milliseconds that a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3). Null: it says nothing. */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined || header.trim() === '') return null
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
