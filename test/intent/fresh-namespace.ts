import { execFileSync } from 'node:child_process'

/** Runs a script with `sh -e` in a network namespace of its own, which is gone with it; what it printed. */
export const inFreshNamespace = (script: string, input = '', timeout = 60_000): string =>
  execFileSync('unshare', ['-n', 'sh', '-e', '-c', script], {
    input,
    encoding: 'utf8',
    timeout,
    maxBuffer: 2 ** 26,
  })
