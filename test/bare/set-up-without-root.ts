import type { BareSystem } from './bare-system.ts'
import type { StepResult } from './run-step.ts'
import { faults, setUpLimit } from './step.ts'

const demo = {
  command: 'npm run demo',
  because: 'without root the set-up prints the one line that installs what is missing, and root types it',
  exit: 3,
  shows: [/^ +sudo apt-get update && sudo apt-get install .+$/m],
}

/** Root needs no sudo, and answers apt-get's one question. */
const asRoot = 'sudo() { "$@"; }; apt-get() { DEBIAN_FRONTEND=noninteractive command apt-get -y "$@"; }\n'

/** The first command fails with a line for root; root types that line as it stands there. */
export async function setUpWithoutRoot(system: BareSystem): Promise<StepResult> {
  const ended = await system.run(demo.command, { limit: setUpLimit })
  const found = faults(demo, ended)
  const line = /^ +(sudo apt-get .+)$/m.exec(ended.written)?.[1]
  if (line === undefined) return { step: demo, ...ended, faults: found }
  const installed = await system.run(`${asRoot}${line}`, { as: 'root', limit: setUpLimit })
  return {
    step: demo,
    written: ended.written + installed.written,
    milliseconds: ended.milliseconds + installed.milliseconds,
    faults: [...found, ...(installed.exit === 0 ? [] : [`the line for root: exit status ${installed.exit}`])],
  }
}
