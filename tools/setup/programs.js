/**
 * Asks for, or installs, what the lab runs: `node tools/setup/programs.js demo|test`. As root on Debian it installs
 * everything; elsewhere it prints the one line that brings everything, and exits with 3 only where the demo, or the tests,
 * cannot do without. On standard output it says `kubectl` where one is still to be brought.
 * @import { Need } from '../../src/lab/requirements/requirement.ts'
 */
import { distributionOf, installLine, packagesOf } from '../../src/lab/requirements/missing.js'
import { install } from './apt.js'
import { isExecutable, isRoot, kubectl, missing, osRelease } from './machine.js'

const forTests = process.argv[2] === 'test'
/** What is brought or asked for, and what cannot be done without. */
const wanted = forTests ? 'test' : 'lab'
const needed = forTests ? 'test' : 'demo'

const source = kubectl()
const lacks = (/** @type {Need} */ need) => missing(need, source !== 'none')
const canInstall = isRoot && distributionOf(osRelease()) === 'debian' && isExecutable('/usr/bin/apt-get')

if (canInstall && lacks(wanted).length > 0)
  try {
    await install(packagesOf(lacks(wanted), 'debian'))
  } catch (error) {
    process.stderr.write(`podpath: ${error instanceof Error ? error.message : String(error)}\n`)
  }

const left = lacks(wanted)
if (left.length > 0) {
  const line = installLine(left, { osRelease: osRelease(), root: isRoot })
  const starts =
    distributionOf(osRelease()) === 'debian' && left.some(({ programs }) => programs.includes('sshd'))
      ? '\n(openssh-server starts sshd on a machine with systemd; `systemctl disable --now ssh` ends that. The lab runs its own.)'
      : ''
  if (lacks(needed).length > 0) {
    process.stderr.write(
      `podpath needs programs that are missing. Install them once, then try again:\n  ${line}${starts}\n`,
    )
    process.exitCode = 3
  } else
    process.stderr.write(
      `The demo runs as it is. A lab's shell and its nodes have ${left.flatMap(({ programs }) => programs).join(', ')} after:\n  ${line}${starts}\n`,
    )
}
if (source === 'to-come') process.stdout.write('kubectl\n')
