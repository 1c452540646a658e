/** Installs Debian packages, tells how far it is, and leaves no daemon running that was not there. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { progress } from './progress.js'

/**
 * Asked by whatever starts a service for a package (Debian Policy 9.3.3.1, deb-systemd-invoke(1p)); 101 forbids it.
 * Should the set-up be killed, its first lines say what it is, and the next one takes it away.
 */
const policyFile = '/usr/sbin/policy-rc.d'
const policy = `#!/bin/sh
# Put here by podpath's set-up while it installs packages, so that none of them starts a service.
# Remove this file if it is still here after that.
exit 101
`

/** How the last lines of an installer that failed begin, where it says why. */
const mostLines = 12

/**
 * Installs them. Throws with the installer's last lines when it does not succeed; then nothing is half done that apt
 * would not go on with.
 * @param {readonly string[]} packages
 */
export async function install(packages) {
  const began = Date.now()
  const line = progress(`Installing ${packages.length} Debian packages: ${packages.join(' ')}`)
  const server = packages.includes('openssh-server')
  const guard = server && (!existsSync(policyFile) || readFileSync(policyFile, 'utf8') === policy)
  // A signal ends apt-get as it ends us; what we put down is taken up first.
  let signalled = /** @type {NodeJS.Signals | undefined} */ (undefined)
  const note = (/** @type {NodeJS.Signals} */ signal) => (signalled ??= signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, note)
  try {
    if (guard) writeFileSync(policyFile, policy, { mode: 0o755 })
    line.say('reading the package lists')
    await apt(['update', '-q'], () => undefined)
    const available = await availableOf(packages)
    let all = 0
    let done = 0
    await apt(['install', '-y', '-q', '--no-install-recommends', ...available], (text) => {
      const [, count] = /^\d+ upgraded, (\d+) newly installed/.exec(text) ?? []
      if (count !== undefined) all = Number(count)
      const [, unpacked] = /^Unpacking ([^ :]+)/.exec(text) ?? []
      const [, set] = /^Setting up ([^ :]+)/.exec(text) ?? []
      if (unpacked !== undefined) line.say(`unpacking ${unpacked}`)
      if (set !== undefined) line.say(`${(done += 1)} of ${Math.max(all, done)}: ${set}`)
    })
    if (server) {
      // Enabled for the next start of the machine, as Debian does with every service.
      spawnSync('update-rc.d', ['ssh', 'disable'], { stdio: 'ignore' })
      line.note(
        'sshd of openssh-server is neither started nor enabled on this machine: the lab runs its own, inside',
      )
    }
    line.end(`Installed in ${Math.round((Date.now() - began) / 1000)} s`)
  } finally {
    line.end()
    if (guard) rmSync(policyFile, { force: true })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, note)
    if (signalled !== undefined) process.kill(process.pid, signalled)
  }
}

/**
 * Those of them that this machine's lists know: derivatives of Debian lack some.
 * @param {readonly string[]} packages
 */
async function availableOf(packages) {
  let name = ''
  /** @type {string[]} */
  const known = []
  await run('apt-cache', ['policy', ...packages], (text) => {
    name = /^(\S+):$/.exec(text)?.[1] ?? name
    if (/^ {2}Candidate: (?!\(none\))/.test(text)) known.push(name)
  })
  return known
}

/** @param {readonly string[]} words @param {(line: string) => void} see */
const apt = (words, see) => run('apt-get', ['-o', 'Dpkg::Use-Pty=0', ...words], see)

/**
 * @param {string} program
 * @param {readonly string[]} words
 * @param {(line: string) => void} see
 * @returns {Promise<void>}
 */
const run = (program, words, see) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    })
    /** @type {string[]} */
    let last = []
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const text of lines) see(text)
        last = [...last, ...lines.filter((text) => text.trim() !== '')].slice(-mostLines)
      })
    }
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else
        reject(new Error(`${program} ${words[0] ?? ''} exited ${code ?? 'by a signal'}:\n${last.join('\n')}`))
    })
  })
