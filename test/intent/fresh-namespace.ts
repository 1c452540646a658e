import { execFileSync } from 'node:child_process'

/**
 * Runs a script with `sh -e` in a network namespace of its own, which is gone with it; what it printed. Its mounts are
 * its own as well, and /run is empty: iptables locks a file there.
 */
export const inFreshNamespace = (script: string, input = '', timeout = 60_000): string =>
  execFileSync('unshare', ['-n', '-m', 'sh', '-e', '-c', `mount -t tmpfs tmpfs /run\n${script}`], {
    input,
    encoding: 'utf8',
    timeout,
    maxBuffer: 2 ** 26,
  })
