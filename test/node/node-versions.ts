import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * The lowest that package.json's `engines` lets in, and the newest of each line that has long-term support or will have
 * (Node's release schedule: the even ones).
 */
export const nodeVersions = ['20.19.0', '22', '24', '26'] as const
export type NodeVersion = (typeof nodeVersions)[number]

/**
 * The directory of a `node` of this version, fetched below `directory`: of the package that the registry's `node` would
 * install on this platform, without running a script of either. Throws with npm's last words.
 */
export function fetchNode(version: NodeVersion, directory: string): string {
  const name = `node-${process.platform}-${process.arch}`
  const { status, error, stderr } = spawnSync(
    'npm',
    [
      ...['install', '--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund'],
      ...['--loglevel=error', `${name}@${version}`],
    ],
    { encoding: 'utf8', cwd: directory },
  )
  if (status !== 0)
    throw new Error(
      `npm could not fetch ${name}@${version} (${error?.message ?? status ?? 'by signal'}): ${(stderr ?? '').trim().split('\n').slice(-12).join('\n')}`,
    )
  return join(directory, 'node_modules', name, 'bin')
}
