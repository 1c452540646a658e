/**
 * Writes src/linux/fixtures/debian-N: what the tools of each Debian print of one network namespace that uses all that is
 * read. `tsx tools/write-goldens.ts`; needs root, and the network for Debian's packages.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBareSystem } from '../test/bare/bare-system.ts'
import { baseSystem } from '../test/bare/base-system.ts'
import { readMachine } from '../test/bare/machine.ts'
import { releaseNumbers } from '../test/bare/releases.ts'

const packages = ['iproute2', 'nftables', 'iptables', 'ipset', 'conntrack', 'tcpdump']
const fixtures = fileURLToPath(new URL('../src/linux/fixtures', import.meta.url))
/** Milliseconds, on a machine that may be busy. */
const limit = 600_000

for (const release of releaseNumbers) {
  const tarball = baseSystem(release, (step) => void process.stderr.write(`${step}\n`))
  const system = await openBareSystem(tarball, `debian-${release}`, 'root', readMachine())
  try {
    for (const line of [
      'apt-get update -qq',
      `DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages.join(' ')}`,
      'mkdir /var/goldens && tools/golden-stack.sh /var/goldens',
    ]) {
      const { exit, written } = await system.run(line, { limit })
      if (exit !== 0) throw new Error(`Debian ${release}: ${line}: exit status ${exit}: ${written}`)
    }
    const to = join(fixtures, `debian-${release}`)
    rmSync(to, { recursive: true, force: true })
    mkdirSync(to)
    const from = `/proc/${system.pid}/root/var/goldens`
    for (const name of readdirSync(from)) cpSync(join(from, name), join(to, name))
    process.stderr.write(`${to}\n`)
  } finally {
    system.close()
  }
}
