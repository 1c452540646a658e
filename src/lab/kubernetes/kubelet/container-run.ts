import type { Clock } from '../clock.ts'
import type { SandboxProcess } from '../../sandbox.ts'
import { ContainerLog } from './container-log.ts'

/** What a terminal or a pipe attached to a container gets. */
export interface Attached {
  stdout(chunk: Buffer): void
  stderr(chunk: Buffer): void
  end(exit: number): void
}

/** One run of a container: its process, its log, and who is attached to it. */
export class ContainerRun {
  readonly log = new ContainerLog()
  readonly process: SandboxProcess
  /** The exit status; never rejects: a program that could not be run is 128 with the reason in its log. */
  readonly exit: Promise<number>
  readonly #attached = new Set<Attached>()

  constructor(process: SandboxProcess, clock: Clock) {
    this.process = process
    const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      this.log.append(stream, chunk, clock.now())
      for (const one of this.#attached) one[stream](chunk)
    }
    process.stdout.on('data', take('stdout'))
    process.stderr?.on('data', take('stderr'))
    // A program that ends while somebody types is no error of ours.
    process.stdin.on('error', () => undefined)
    this.exit = process.exit
      .catch((error: unknown) => {
        take('stderr')(Buffer.from(`${error instanceof Error ? error.message : String(error)}\n`))
        return 128
      })
      .then((exit) => {
        this.log.end(clock.now())
        for (const one of this.#attached) one.end(exit)
        this.#attached.clear()
        return exit
      })
  }

  attach(attached: Attached): () => void {
    this.#attached.add(attached)
    return () => {
      this.#attached.delete(attached)
    }
  }
}
