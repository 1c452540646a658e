import type { Readable, Writable } from 'node:stream'
import type { SandboxProcess } from '../../sandbox.ts'
import type { Pod } from '../objects/pod.ts'
import type { ContainerLog } from './containers/container-log.ts'
import type { ContainerRun } from './containers/container-run.ts'

/** What the API server asks of a pod's kubelet: exec, attach, logs and ports. */
export interface Runtime {
  /** A StatusError when the container does not run: nothing can be executed in it or attached to it. */
  assertRunning(pod: Pod, container: string): void
  /** Starts a program in a running container. */
  exec(
    pod: Pod,
    container: string,
    argv: readonly [string, ...string[]],
    tty: { readonly columns: number; readonly rows: number } | undefined,
  ): SandboxProcess
  /** The run that a client attaches to. */
  attach(pod: Pod, container: string): ContainerRun
  /** What a container has printed; of the run before this one if asked. */
  log(pod: Pod, container: string, previous: boolean): ContainerLog
  /** The first process of the pod's sandbox, in the lab's process namespace; undefined when it has none. */
  sandboxPid(pod: Pod): number | undefined
  /** A stream to a port of the pod. */
  connect(
    pod: Pod,
    port: number,
  ): Promise<{ readonly readable: Readable; readonly writable: Writable; close(): void }>
}
