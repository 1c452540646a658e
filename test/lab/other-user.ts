import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ownKubectlIn } from '../../src/lab/requirements/own-kubectl.js'
import { ownKubectl } from '../own-kubectl.ts'
import { checkout } from './podpath.ts'

/** The user that `makeOtherUser` makes. */
export const otherUser = { name: 'walker', uid: 12_345 } as const

/**
 * Somebody who is not root: a user with a range of ids of their own, made for the test in a mount namespace, where
 * /etc has one account more; the machine's accounts stay as they are.
 */
export interface OtherUser {
  readonly home: string
  readonly runtime: string
  /** The words that run others as that user, in the checkout. */
  readonly words: (argv: readonly string[], groups?: readonly number[]) => readonly [string, ...string[]]
  /** Runs a shell line as that user; the words stand for themselves. */
  readonly sh: (script: string, ...words: readonly string[]) => SpawnSyncReturns<string>
  readonly podpath: (...args: readonly string[]) => SpawnSyncReturns<string>
  readonly remove: () => void
}

const mounts = `
  for f in passwd group subuid subgid; do mount --bind "$1/$f" "/etc/$f" || exit 9; done
  mount --bind "$2" "$1/podpath" || exit 9
  cd "$1/podpath"; shift 2
  exec setpriv "$@"`

const becoming = (groups: readonly number[]): readonly string[] => [
  `--reuid=${otherUser.uid}`,
  `--regid=${otherUser.uid}`,
  groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
]

/** Why nobody can become that user here and make namespaces; undefined when one can. */
export const whyNoOtherUser = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'the test must be root to become another user'
  const { status, stderr } = spawnSync(
    'setpriv',
    [...becoming([]), 'unshare', '--user', '--map-root-user', 'true'],
    { encoding: 'utf8' },
  )
  return status === 0 ? undefined : `no user namespaces for users here: ${stderr.trim()}`
})()

export function makeOtherUser(): OtherUser {
  const home = mkdtempSync(join(tmpdir(), 'podpath-walker-'))
  const runtime = join(home, 'run')
  const account = (file: string, line: string): void =>
    writeFileSync(join(home, file), `${readFileSync(`/etc/${file}`, 'utf8')}${line}\n`)
  account('passwd', `${otherUser.name}:x:${otherUser.uid}:${otherUser.uid}::${home}:/bin/sh`)
  account('group', `${otherUser.name}:x:${otherUser.uid}:`)
  for (const file of ['subuid', 'subgid']) writeFileSync(join(home, file), `${otherUser.name}:200000:65536\n`)
  chownSync(home, otherUser.uid, otherUser.uid)
  // The checkout may lie where nobody but root gets to.
  mkdirSync(join(home, 'podpath'))
  if (ownKubectl !== undefined) {
    const path = ownKubectlIn(join(home, '.local/share/podpath'))
    mkdirSync(dirname(path), { recursive: true })
    copyFileSync(ownKubectl, path)
    spawnSync('chown', ['-R', `${otherUser.uid}:${otherUser.uid}`, join(home, '.local')])
  }
  const words: OtherUser['words'] = (argv, groups = []) => [
    ...(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mounts, 'as-user'] as const),
    ...[home, checkout, ...becoming(groups)],
    ...['env', '-i', `PATH=${process.env['PATH'] ?? ''}`, 'LANG=C.UTF-8', `HOME=${home}`],
    `PODPATH_RUNTIME_DIR=${runtime}`,
    ...argv,
  ]
  const sh: OtherUser['sh'] = (script, ...rest) => {
    const [program, ...args] = words(['sh', '-c', script, 'sh', ...rest])
    return spawnSync(program, args, { encoding: 'utf8', timeout: 110_000, maxBuffer: 2 ** 26 })
  }
  return {
    home,
    runtime,
    words,
    sh,
    podpath: (...args) => sh('exec "$@"', process.execPath, 'bin/podpath.js', ...args),
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}
