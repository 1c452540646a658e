import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { given, releases, type Release } from './releases.ts'

/** Milliseconds after which a kept system is built anew, so that Debian's updates are in it. */
const maximumAge = 7 * 24 * 3_600_000

const directory = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'podpath', 'bare')

/** What the system is made of is in its name: another list is another system. */
const fileName = (release: Release): string =>
  `${['debian', String(release), releases[release].suite, ...given].join('-')}.tar`

/**
 * A tarball of Debian's minimum with what a newcomer has besides, kept between runs. Needs root. Throws with
 * mmdebstrap's last words when it cannot be built.
 */
export function baseSystem(release: Release, progress: (step: string) => void): string {
  const kept = join(directory(), fileName(release))
  if (isFresh(kept)) return kept
  mkdirSync(directory(), { recursive: true })
  requireMmdebstrap(progress)
  progress(`building Debian ${release}`)
  const unfinished = `${kept}.${process.pid}`
  try {
    run('mmdebstrap', [
      '--quiet',
      '--variant=minbase',
      `--include=${given.join(',')}`,
      '--format=tar',
      releases[release].suite,
      unfinished,
    ])
    // Two runs at once each put a whole file in place.
    renameSync(unfinished, kept)
  } finally {
    rmSync(unfinished, { force: true })
  }
  return kept
}

function isFresh(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false })
  return file !== undefined && Date.now() - file.mtimeMs < maximumAge
}

function requireMmdebstrap(progress: (step: string) => void): void {
  if (spawnSync('mmdebstrap', ['--version'], { stdio: 'ignore' }).status === 0) return
  progress('installing mmdebstrap')
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'mmdebstrap'])
}

function run(program: string, words: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0)
    throw new Error(`${program} failed (${error?.message ?? status ?? 'by signal'}): ${lastLines(stderr)}`)
}

const lastLines = (text: string | null): string => (text ?? '').trim().split('\n').slice(-12).join('\n')
