import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Argv } from './runner.ts'

/** ssh(1) itself, running. */
export interface SshClient {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves when it has ended and all of its output was read: its exit status, null after a signal. Never rejects. */
  readonly ended: Promise<SshEnd>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

export type SshEnd =
  | { readonly kind: 'exited'; readonly status: number | null }
  /** ssh could not be started. */
  | { readonly kind: 'not-started'; readonly missing: boolean; readonly why: string }

/**
 * Starts ssh in a session of its own: Ctrl-C at our terminal is ours to answer, and neither ssh nor
 * the ones it starts for machines on the way find a terminal to ask questions at.
 */
export function startSsh([program, ...words]: Argv): SshClient {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(program, words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, SSH_ASKPASS_REQUIRE: 'never', LC_ALL: 'C' },
  })
  child.stdin.on('error', () => undefined)
  const ended = new Promise<SshEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'not-started', missing: error.code === 'ENOENT', why: error.message }),
    )
    child.once('close', (status) => resolve({ kind: 'exited', status }))
  })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    },
  }
}
