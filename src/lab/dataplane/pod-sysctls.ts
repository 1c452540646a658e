import { spawn } from 'node:child_process'
import type { NamespaceSet } from '../namespaces/namespace-set.ts'
import { SandboxError, type SandboxRequest, type SandboxSysctl } from '../sandbox.ts'
import { sysctlPath } from './act.ts'

/**
 * What is the pod's own alone, whoever asks: the network's, and of the IPC namespace what the lab's root owns there (Linux 5.19). A name is
 * a path in the lab's own /proc, and a value goes into that one file, whatever stands in it (CVE-2022-0811: a value that was taken for more
 * settings, the machine's among them).
 */
const settable = /^(net(\.[a-z0-9][-_a-z0-9/]*)+|kernel\.shm_rmid_forced)$/

/** One write for each: arguments are a name, a file and a value, again and again. */
const write = `
use strict;
while (@ARGV) {
  my ($name, $path, $value) = splice(@ARGV, 0, 3);
  my $refused = sub { print STDERR "write sysctl key $name: $path: $!"; exit 1 };
  open(my $file, '>', $path) or $refused->();
  defined(syswrite($file, $value)) or $refused->();
}
`

/** Refuses what is not the pod's own. Throws a SandboxError. */
export function checkSysctls({
  sysctls = [],
  hostNetwork,
}: Pick<SandboxRequest, 'sysctls' | 'hostNetwork'>): void {
  for (const { name, value } of sysctls) {
    if (!settable.test(name) || (hostNetwork && name.startsWith('net.')))
      throw new SandboxError(
        'runtime',
        `sysctl ${JSON.stringify(name)} is not in a separate kernel namespace`,
      )
    if (value.includes('\0'))
      throw new SandboxError('runtime', `write sysctl key ${name}: not a value: ${JSON.stringify(value)}`)
  }
}

/** Sets them in the sandbox's network and IPC namespaces, with programs of the lab's. Rejects with a SandboxError. */
export function setSysctls(
  { pid }: Pick<NamespaceSet, 'pid'>,
  sysctls: readonly SandboxSysctl[],
): Promise<void> {
  if (sysctls.length === 0) return Promise.resolve()
  const words = sysctls.flatMap(({ name, value }) => [name, sysctlPath(name), value])
  return new Promise((resolve, reject) => {
    const failed = (why: string, cause?: unknown): void =>
      reject(new SandboxError('runtime', `error during container init: ${why}`, { cause }))
    const child = spawn('nsenter', [`--target=${pid}`, '--net', '--ipc', 'perl', '-e', write, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4096)
    })
    child.once('error', (error) => failed(error.message, error))
    child.once('close', (status) => (status === 0 ? resolve() : failed(said)))
  })
}
