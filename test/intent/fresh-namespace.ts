import { execFileSync } from 'node:child_process'

/** Runs a script with `sh -e` in a network namespace of its own, which is gone with it; what it printed. */
export const inFreshNamespace = (script: string, input = ''): string =>
  execFileSync('unshare', ['-n', 'sh', '-e', '-c', script], { input, encoding: 'utf8', timeout: 60_000 })
