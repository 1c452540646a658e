import type { Writable } from 'node:stream'
import type { Clock } from '../../clock.ts'
import type { SandboxProcess } from '../../../sandbox.ts'
import { ContainerLog } from './container-log.ts'

/** What a terminal or a pipe attached to a container gets. */
export interface Attached {
  readonly stdout: Writable
  readonly stderr: Writable
  end(exit: number): void
}

/**
 * One run of a container: its process, its log, and who is attached to it. A client that is slow holds up the
 * process, as with a real container runtime: nothing of its output is kept for anybody.
 */
export class ContainerRun {
  readonly log = new ContainerLog()
  readonly process: SandboxProcess
  /** The exit status; never rejects: a program that could not be run is 128 with the reason in its log. */
  readonly exit: Promise<number>
  readonly #attached = new Set<Attached>()
  readonly #full = new Set<Writable>()
  #released = false

  constructor(process: SandboxProcess, clock: Clock) {
    this.process = process
    const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      this.log.append(stream, chunk, clock.now())
      for (const one of this.#attached) this.#handOn(chunk, one[stream])
    }
    process.stdout.on('data', take('stdout'))
    process.stderr?.on('data', take('stderr'))
    // A program that ends while somebody types is no error of ours. Any number may type.
    process.stdin.on('error', () => undefined)
    process.stdin.setMaxListeners(0)
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

  /** From now on the client gets what the container prints; until the function that is returned is called. */
  attach(attached: Attached): () => void {
    this.#attached.add(attached)
    const outputs = [attached.stdout, attached.stderr]
    for (const output of outputs) {
      const goOn = (): void => {
        this.#goOn(output)
      }
      output.on('drain', goOn)
      output.on('close', goOn)
    }
    return () => {
      this.#attached.delete(attached)
      for (const output of outputs) this.#goOn(output)
    }
  }

  /** Ends the process, whoever holds it up. */
  kill(): void {
    this.process.signal('SIGKILL')
    this.release()
  }

  /** The container is to go: nobody may hold up what is left of its output. */
  release(): void {
    this.#released = true
    for (const output of [...this.#full]) this.#goOn(output)
  }

  #handOn(chunk: Buffer, output: Writable): void {
    if (output.destroyed || output.write(chunk) || this.#released) return
    this.#full.add(output)
    this.process.stdout.pause()
    this.process.stderr?.pause()
  }

  #goOn(output: Writable): void {
    if (!this.#full.delete(output) || this.#full.size > 0) return
    this.process.stdout.resume()
    this.process.stderr?.resume()
  }
}
