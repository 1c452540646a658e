import { spawnSync } from 'node:child_process'
import { chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunResult } from '../../src/model/result.ts'
import { ownKubectlIn } from '../../src/lab/requirements/own-kubectl.js'
import { ownKubectl } from '../own-kubectl.ts'
import { build, checkout } from './podpath.ts'

/**
 * The main job and a shell for somebody who is not root: a user with a range of ids of their own, made for the test in
 * a mount namespace, where /etc has one account more; the machine's accounts stay as they are. Needs root to become that user,
 * and user namespaces for everybody.
 */

const user = { name: 'walker', uid: 12_345 }
const home = mkdtempSync(join(tmpdir(), 'podpath-walker-'))

/** Why this machine cannot show it; undefined when it can. */
const impossible = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'the test must be root to become another user'
  const { status, stderr } = spawnSync(
    'setpriv',
    [
      `--reuid=${user.uid}`,
      `--regid=${user.uid}`,
      '--clear-groups',
      'unshare',
      '--user',
      '--map-root-user',
      'true',
    ],
    { encoding: 'utf8' },
  )
  return status === 0 ? undefined : `no user namespaces for users here: ${stderr.trim()}`
})()
/** Runs a shell line as that user; the words stand for themselves. */
const asUser = (script: string, ...words: readonly string[]) => {
  const mounts = `
    for f in passwd group subuid subgid; do mount --bind "$1/$f" "/etc/$f" || exit 9; done
    mount --bind "$2" "$1/podpath" || exit 9
    cd "$1/podpath"; shift 2
    exec setpriv --reuid=${user.uid} --regid=${user.uid} --clear-groups "$@"`
  const argv = ['--mount', '--propagation', 'private', 'sh', '-c', mounts, 'as-user', home, checkout]
  const environment = [
    'env',
    '-i',
    `PATH=${process.env['PATH'] ?? ''}`,
    'LANG=C.UTF-8',
    `HOME=${home}`,
    `PODPATH_RUNTIME_DIR=${home}/run`,
  ]
  return spawnSync('unshare', [...argv, ...environment, 'sh', '-c', script, 'sh', ...words], {
    encoding: 'utf8',
    timeout: 110_000,
    maxBuffer: 2 ** 26,
  })
}
const podpath = (...args: readonly string[]) =>
  asUser('exec "$@"', process.execPath, 'bin/podpath.js', ...args)

describe('without root', () => {
  beforeAll(() => {
    if (impossible !== undefined) return
    build()
    const account = (file: string, line: string): void =>
      writeFileSync(join(home, file), `${readFileSync(`/etc/${file}`, 'utf8')}${line}\n`)
    account('passwd', `${user.name}:x:${user.uid}:${user.uid}::${home}:/bin/sh`)
    account('group', `${user.name}:x:${user.uid}:`)
    for (const file of ['subuid', 'subgid']) writeFileSync(join(home, file), `${user.name}:200000:65536\n`)
    chownSync(home, user.uid, user.uid)
    // The checkout may lie where nobody but root gets to.
    mkdirSync(join(home, 'podpath'))
    if (ownKubectl !== undefined) {
      const path = ownKubectlIn(join(home, '.local/share/podpath'))
      mkdirSync(dirname(path), { recursive: true })
      copyFileSync(ownKubectl, path)
      spawnSync('chown', ['-R', `${user.uid}:${user.uid}`, join(home, '.local')])
    }
  })
  beforeEach(({ skip }) => {
    skip(impossible !== undefined, impossible)
  })
  afterAll(() => {
    podpath('lab', 'down', '--name', 'mine')
    rmSync(home, { recursive: true, force: true })
  })

  test('the main job is the same', () => {
    const ended = podpath('verify', '--lab', 'own', '--json')
    expect(ended.stderr).not.toMatch(/^podpath: /m)
    const result = JSON.parse(ended.stdout) as RunResult
    const checks = result.experiments.flatMap((one) => one.checks)
    expect(checks).toHaveLength(26)
    expect(checks.filter(({ state }) => state !== 'passed')).toEqual([])
    expect({ status: ended.status, verdict: result.verdict }).toEqual({ status: 0, verdict: 'delivered' })
  })

  test('a lab stays up, its shell has kubectl and the nodes, and it ends', () => {
    // This user may not see what of aws lies in a home of root's.
    expect(podpath('lab', 'up', '--name', 'mine', '--incomplete').status).toBe(0)
    const pods = podpath(
      'lab',
      'shell',
      '--name',
      'mine',
      '--',
      'bash',
      '-c',
      'id -u; kubectl get pods -o name | wc -l; kubectl exec $PODNAME1 -- ping -c 1 -W 2 $PODIP2 > /dev/null && echo reached',
    )
    expect(pods.stdout).toBe('0\n3\nreached\n')
    const volumes = podpath(
      'lab',
      'shell',
      '--name',
      'mine',
      '--',
      'bash',
      '-c',
      'kubectl exec $PODNAME1 -- cat /var/run/secrets/kubernetes.io/serviceaccount/namespace',
    )
    expect(volumes.stdout).toBe('default')
    const ssh = podpath('lab', 'shell', '--name', 'mine', '--', 'bash', '-c', 'ssh ec2-user@$N1 hostname')
    if (ssh.status !== 0) expect(ssh.stderr).toMatch(/^podpath: .*root/m)
    expect(podpath('lab', 'down', '--name', 'mine').status).toBe(0)
  })
})
