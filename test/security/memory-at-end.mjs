/* global process */
// Loaded by `node --import` before podpath: says how much memory the process had at the most (getrusage(2), ru_maxrss).
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const file = process.env['PODPATH_TEST_MEMORY']
  if (file) writeFileSync(file, String(process.resourceUsage().maxRSS))
})
