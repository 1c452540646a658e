import { timestamp } from '../../clock.ts'
import type { Recorder } from '../../events.ts'
import type { Container, Pod } from '../../objects/pod.ts'
import { hexId } from '../../random.ts'
import { capabilitiesOf } from './capabilities.ts'
import { limitsOf } from './container-limits.ts'
import { backingOff, notStarted, running, terminated } from './container-record.ts'
import { ContainerRun } from './container-run.ts'
import { ConfigurationError, environmentOf, expand } from './environment.ts'
import { imageWords, programOf } from './images.ts'
import type { ContainerRecord } from '../pod-status.ts'
import * as words from '../pod-words.ts'
import { watchProbes } from './probe-loop.ts'
import type { Timers } from '../timers.ts'
import type { WorkerSurroundings } from '../worker-surroundings.ts'

/** The pod that containers are of, as it is now. */
interface TheirPod {
  readonly object: Pod
  /** Of its sandbox; empty while there is none. */
  readonly address: string
}

/** The containers of one pod: their programs, what they are recorded as, and what is told of them. When they start is the worker's to say. */
export class PodContainers {
  readonly #around: WorkerSurroundings
  readonly #pod: () => TheirPod
  readonly #timers: Timers
  /** Told that what is recorded of a container has changed. */
  readonly #report: () => void
  readonly #records = new Map<string, ContainerRecord>()
  readonly #runs = new Map<string, ContainerRun>()
  readonly #previous = new Map<string, ContainerRun>()

  constructor(around: WorkerSurroundings, pod: () => TheirPod, timers: Timers, report: () => void) {
    this.#around = around
    this.#pod = pod
    this.#timers = timers
    this.#report = report
  }

  get records(): ReadonlyMap<string, ContainerRecord> {
    return this.#records
  }

  /** The run of a container that is going on, or the last one. */
  run(container: string): ContainerRun | undefined {
    return this.#runs.get(container)
  }
  /** The one before. */
  previousRun(container: string): ContainerRun | undefined {
    return this.#previous.get(container)
  }
  isRunning(container: string): boolean {
    return this.#records.get(container)?.state.running !== undefined
  }

  /** The programs that run, each with its container's name. */
  get living(): readonly (readonly [name: string, run: ContainerRun])[] {
    return [...this.#runs].filter(([name]) => this.isRunning(name))
  }

  /** Nobody may hold up what is left of the programs' output. */
  release(): void {
    for (const run of this.#runs.values()) run.release()
  }

  /** The environment that a container was started with, for programs run in it later. */
  environment(container: Container): Readonly<Record<string, string>> {
    const { object, address } = this.#pod()
    return environmentOf(container, {
      pod: object,
      podIP: address,
      hostIP: this.#around.nodeAddress,
      ...this.#around.sources(object),
    })
  }

  /** Starts a container's program; undefined, with its record saying why, when that cannot be done. */
  launch(container: Container): ContainerRun | undefined {
    const { sandboxes, programs, clock } = this.#around
    const { uid } = this.#pod().object.metadata
    try {
      const env = this.environment(container)
      const expanded = (list: readonly string[] | undefined): readonly string[] =>
        (list ?? []).map((word) => expand(word, env))
      const program = programOf(container, expanded(container.command), expanded(container.args), programs)
      const image = container.image ?? ''
      this.record(container.name, imageWords(program, image))
      this.record(container.name, words.created(container.name))
      const process = sandboxes.spawn(uid, {
        argv: program.argv,
        env: { ...env, ...program.env },
        ...(container.workingDir === undefined ? {} : { cwd: container.workingDir }),
        ...(container.tty === true ? { tty: { columns: 80, rows: 24 } } : {}),
        capabilities: capabilitiesOf(container),
        ...limitsOf(container),
      })
      const run = new ContainerRun(process, clock)
      if (container.stdin !== true) process.stdin.end()
      const before = this.#runs.get(container.name)
      if (before !== undefined) this.#previous.set(container.name, before)
      this.#runs.set(container.name, run)
      this.record(container.name, words.started(container.name))
      return run
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const configuration = error instanceof ConfigurationError
      const reason = configuration ? 'CreateContainerConfigError' : 'RunContainerError'
      this.#records.set(container.name, notStarted(this.#records.get(container.name), reason, message))
      this.record(container.name, { type: 'Warning', reason: 'Failed', message: `Error: ${message}` })
      return undefined
    }
  }

  /** Follows a run's probes for as long as it lasts. */
  probe(container: Container, run: ContainerRun): void {
    const { object, address } = this.#pod()
    const stop = watchProbes({
      container,
      pod: object,
      address,
      clock: this.#around.clock,
      sandboxes: this.#around.sandboxes,
      environment: this.environment(container),
      ready: (ready, started) => {
        const record = this.#records.get(container.name)
        if (record?.state.running === undefined || (record.ready === ready && record.started === started))
          return
        this.#records.set(container.name, { ...record, ready, started })
        this.#report()
      },
      unhealthy: (kind, why) => {
        this.record(container.name, words.unhealthy(kind, why))
      },
      kill: () => {
        this.record(container.name, words.notAlive(container.name))
        run.kill()
      },
    })
    this.#timers.until(run.exit, stop)
  }

  /** A container waits so many milliseconds before it is started again. */
  backOff(container: Container, delay: number): void {
    const { name, uid, namespace } = this.#pod().object.metadata
    const what = `restarting failed container=${container.name} pod=${name}_${namespace ?? ''}(${uid})`
    const old = this.#records.get(container.name)
    if (old?.state.terminated !== undefined) {
      this.#records.set(container.name, backingOff(old, delay, what))
    }
    this.record(container.name, words.backOff(container.name, `${name}_${namespace ?? ''}(${uid})`))
    this.#report()
  }

  setRunning(container: Container, ready: boolean): void {
    const { clock } = this.#around
    const old = this.#records.get(container.name)
    const started = ready || container.startupProbe === undefined
    const id = `containerd://${hexId(this.#around.random)}`
    this.#records.set(container.name, running(old, timestamp(clock.now()), ready, started, id))
  }

  setTerminated(name: string, exit: number, ready: boolean): void {
    const now = timestamp(this.#around.clock.now())
    const outOfMemory =
      exit === 137 && this.#around.sandboxes.outOfMemory(this.#pod().object.metadata.uid, name) > 0
    this.#records.set(name, terminated(this.#records.get(name), now, exit, ready, outOfMemory))
  }

  /** An event of one container. */
  record(container: string, event: Parameters<Recorder>[1]): void {
    this.#around.record(this.#pod().object, event, `spec.containers{${container}}`)
  }
}
