import type { Readable, Writable } from 'node:stream'

export type Argv = readonly [string, ...string[]]

export interface RunOptions {
  /** What the command reads; absent is an empty standard input. */
  readonly input?: string | Uint8Array
  /** Milliseconds; absent is no limit. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Most octets of standard output that are kept; more is an error of code `too-much`. */
  readonly maxOutput?: number
}

/** What a command said. A non-zero exit is a value here, not an exception. */
export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** A command that goes on while we read and write. */
export interface Running {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** The exit status; rejects with a RunError when the command could not be started or the way to it broke. */
  readonly exit: Promise<number>
  /** Ends it. Idempotent; the exit promise settles afterwards. */
  stop(): void
}

/** The only way podpath touches a machine: local, in a namespace, over ssh, or in a pod. */
export interface Runner {
  /** Where commands run, for people: `local`, `namespace 4242`, `ec2-user@192.168.1.138`, `pod default/web-1`. */
  readonly where: string
  /** Runs to the end. Rejects with a RunError only when the command could not be run at all. */
  run(argv: Argv, options?: RunOptions): Promise<Ran>
  /** Starts and returns at once. */
  start(argv: Argv, options?: Pick<RunOptions, 'signal'>): Running
}
