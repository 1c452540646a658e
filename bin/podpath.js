#!/usr/bin/env node
import('../dist/cli/start.js').catch((error) => {
  process.stderr.write(`podpath: ${error.message.split('\n')[0]}: is it built (npm run build)?\n`)
  process.exitCode = 3
})
