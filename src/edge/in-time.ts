/**
 * The promise's value, or `late` where it has none after so many milliseconds. While it waits the process stays alive: an await on a
 * stream that says nothing ends by this clock and by nothing else.
 */
export async function inTime<T, Late>(promise: Promise<T>, ms: number, late: Late): Promise<T | Late> {
  let clock: NodeJS.Timeout | undefined
  const patience = new Promise<Late>((resolve) => {
    clock = setTimeout(() => resolve(late), ms)
  })
  try {
    return await Promise.race([promise, patience])
  } finally {
    clearTimeout(clock)
  }
}
