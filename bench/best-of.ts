/** Milliseconds of processor time: a machine that has other things to do slows the clock on the wall, not this one. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The least processor time of several tries, in milliseconds: other work on the machine counts less. */
export const bestOf = (times: number, work: () => void): number => {
  let best = Infinity
  for (let i = 0; i < times; i++) {
    const start = processorTime()
    work()
    best = Math.min(best, processorTime() - start)
  }
  return best
}
