/* global process */
// Loaded by `node --import` before podpath: says what the process took when it ended (getrusage(2)): memory in kilobytes, processor
// time in microseconds.
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const file = process.env['PODPATH_TEST_USAGE']
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  if (file) writeFileSync(file, JSON.stringify({ maxRSS, processor: userCPUTime + systemCPUTime }))
})
