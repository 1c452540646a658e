import type { Sandbox } from '../../sandbox.ts'
import { timestamp } from '../clock.ts'
import type { Container, Pod } from '../objects/pod.ts'
import { hexId } from '../random.ts'
import { pods } from '../resources.ts'
import type { ContainerRun } from './containers/container-run.ts'
import { type PodFacts, podStatus } from './pod-status.ts'
import { PodContainers } from './containers/pod-containers.ts'
import { sandboxLeft, sandboxProblem, sandboxRequest, writeVolumes } from './sandbox-request.ts'
import { Timers } from './timers.ts'
import * as words from './pod-words.ts'
import { backoff, sandboxRetry, type WorkerSurroundings } from './worker-surroundings.ts'

/** A pod's life on its node, from its sandbox to its end. One worker for one pod (by uid). */
export class PodWorker {
  readonly containers: PodContainers
  readonly #around: WorkerSurroundings
  readonly #timers: Timers
  readonly #startTime: string
  #pod: Pod
  #sandbox: Sandbox | undefined
  /** Grows with each sandbox that was lost: what was begun in one does not go on in the next. */
  #round = 0
  #initialized: boolean
  #failed: PodFacts['failed']
  /** Once true, nothing is started any more. */
  #stopping = false
  /** With its node: there is nothing left to end. */
  #lost = false
  #terminating: Promise<void> | undefined
  /** Ends the wait for a terminating pod's programs: somebody wants it gone sooner. */
  #cutShort: () => void = () => undefined
  /** Containers that end because their image has changed. */
  readonly #changed = new Set<string>()

  constructor(pod: Pod, around: WorkerSurroundings) {
    this.#pod = pod
    this.#around = around
    this.#timers = new Timers(around.clock)
    this.containers = new PodContainers(
      around,
      () => ({ object: this.#pod, address: this.#sandbox?.address ?? '' }),
      this.#timers,
      () => this.#report(),
    )
    this.#startTime = timestamp(around.clock.now())
    this.#initialized = (pod.spec.initContainers ?? []).length === 0
  }

  get namespace(): string | undefined {
    return this.#pod.metadata.namespace
  }
  get node(): string {
    return this.#pod.spec.nodeName ?? ''
  }
  /** The address at which its node's kubelet does not answer any more; null while it does. */
  get lostAt(): string | null {
    return this.#lost ? this.#around.nodeAddress : null
  }
  /** Of the sandbox's first process, while there is one. */
  get sandboxPid(): number | undefined {
    return this.#sandbox?.pid
  }
  /** Writes the files of the pod's volumes anew: what they are made of may have changed. */
  refreshVolumes(): void {
    if (this.#sandbox !== undefined && !this.#stopping)
      writeVolumes(this.#pod, this.#sandbox.address, this.#around)
  }

  /** Ends the pod where it stands when its time is over (pkg/kubelet/active_deadline.go). */
  #watchDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec
    if (activeDeadlineSeconds === undefined) return
    const over = 'Pod was active on the node longer than the specified deadline'
    void this.#timers.wait(activeDeadlineSeconds * 1000).then(() => this.#fail('DeadlineExceeded', over))
  }

  /** Ends the pod's programs; its object stays, as failed. */
  async #fail(reason: string, message: string): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#timers.cutShort()
    this.#around.record(this.#pod, { type: 'Normal', reason, message })
    this.#failed = { reason, message }
    await this.#stopPrograms((this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000)
    this.#sandbox = undefined
    this.#report()
  }

  /** Brings the pod up: sandbox, init containers, containers. Never rejects. */
  async start(): Promise<void> {
    this.#report()
    this.#watchDeadline()
    await this.#bringUp()
  }

  async #bringUp(): Promise<void> {
    if (!(await this.#makeSandbox())) return
    this.#report()
    for (const container of this.#pod.spec.initContainers ?? []) {
      if (!(await this.#runInit(container))) return
    }
    this.#initialized = true
    for (const container of this.#pod.spec.containers) this.#startContainer(container)
    this.#report()
    this.#startEphemeral()
  }

  /**
   * A sandbox whose first process has ended is made anew, and everything in it started again, init containers first
   * (kuberuntime_manager.go, computePodActions); a pod that is never restarted has failed.
   */
  async #sandboxEnded(sandbox: Sandbox): Promise<void> {
    if (this.#stopping || this.#sandbox !== sandbox) return
    this.#round++
    this.#around.record(this.#pod, words.sandboxChanged)
    const living = this.containers.living.map(([, run]) => run)
    // In the node's process namespace a program outlives its sandbox.
    for (const run of living) run.kill()
    await this.#removeSandbox(this.#pod.spec.restartPolicy !== 'Never')
    await Promise.all(living.map((run) => run.exit))
    this.#sandbox = undefined
    this.#initialized = (this.#pod.spec.initContainers ?? []).length === 0
    this.#report()
    if (this.#stopping || this.#pod.spec.restartPolicy === 'Never') return
    await this.#bringUp()
  }

  /** The pod's node is gone: nothing can be started or ended there any more. */
  lose(): void {
    this.#stopping = true
    this.#lost = true
    this.#timers.cutShort()
  }

  /** What cannot be taken away is told; the pod goes all the same. */
  async #removeSandbox(again = false): Promise<void> {
    this.containers.release()
    try {
      await this.#around.sandboxes.remove(this.#pod.metadata.uid, again)
    } catch (error) {
      this.#around.record(this.#pod, sandboxLeft(error, this.#pod.metadata.uid))
    }
  }

  /** Takes a new version of the pod. */
  update(pod: Pod): void {
    const before = this.#pod
    this.#pod = pod
    if (pod.metadata.deletionTimestamp !== undefined) {
      const grace = pod.metadata.deletionGracePeriodSeconds
      const earlier = before.metadata.deletionGracePeriodSeconds
      if (this.#terminating !== undefined && grace !== undefined && grace < (earlier ?? grace))
        void this.#timers.wait(grace * 1000).then(this.#cutShort)
      void this.terminate()
      return
    }
    this.#startEphemeral()
    for (const container of pod.spec.containers) {
      const old = before.spec.containers.find(({ name }) => name === container.name)
      if (old !== undefined && old.image !== container.image) this.#startAnew(container.name)
    }
  }

  /** A container that has got another image ends, and starts again whatever its pod's restart policy. */
  #startAnew(name: string): void {
    const run = this.containers.run(name)
    if (run === undefined || !this.containers.isRunning(name)) return
    this.#changed.add(name)
    this.containers.record(name, words.definitionChanged(name))
    run.process.signal('SIGTERM')
    void Promise.race([
      run.exit,
      this.#timers.wait((this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000),
    ]).then(() => {
      run.kill()
    })
  }

  /** Ends the pod: SIGTERM, its grace period, SIGKILL, the sandbox; then takes the object out of the store. */
  terminate(): Promise<void> {
    this.#terminating ??= this.#end()
    return this.#terminating
  }

  /** The object is gone already (deleted by force): no more than the sandbox is left to remove. */
  async abandon(): Promise<void> {
    this.#stopping = true
    this.#timers.cutShort()
    await this.#removeSandbox()
  }

  async #end(): Promise<void> {
    const { store, clock } = this.#around
    this.#stopping = true
    this.#timers.cutShort()
    const { metadata, spec } = this.#pod
    await this.#stopPrograms(
      (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1000,
    )
    const gone = store.find(pods, this.#pod.metadata.namespace, this.#pod.metadata.name)
    if (gone?.metadata.uid !== this.#pod.metadata.uid) return
    if ((gone.metadata.finalizers ?? []).length === 0) store.remove(pods, gone)
    else {
      store.change(pods, gone, (pod) => ({
        ...pod,
        metadata: { ...pod.metadata, deletionGracePeriodSeconds: 0 },
        status: podStatus(pod, this.#facts(), timestamp(clock.now())),
      }))
    }
  }

  /** SIGTERM, the grace in milliseconds or less when somebody wants it sooner, SIGKILL, and the sandbox is gone. */
  async #stopPrograms(grace: number): Promise<void> {
    if (this.#lost) return this.#removeSandbox()
    const { living } = this.containers
    for (const [name, run] of living) {
      this.containers.record(name, words.stopping(name))
      run.process.signal('SIGTERM')
    }
    const ended = Promise.all(living.map(([, run]) => run.exit))
    const cutShort = new Promise<void>((resolve) => {
      this.#cutShort = resolve
    })
    await Promise.race([ended, this.#timers.wait(grace), cutShort])
    for (const [, run] of living) run.kill()
    await this.#removeSandbox()
    await ended
  }

  async #makeSandbox(): Promise<boolean> {
    const { sandboxes, record } = this.#around
    let delay: number = sandboxRetry.first
    for (;;) {
      if (this.#stopping) return false
      const pod = this.#pod
      try {
        const sandbox = await sandboxes.create(sandboxRequest(pod, this.#around, this.#round > 0))
        if (this.#stopping) {
          await sandboxes.remove(pod.metadata.uid)
          return false
        }
        this.#sandbox = sandbox
        void sandbox.ended.then(() => this.#sandboxEnded(sandbox))
        return true
      } catch (error) {
        if (this.#stopping) return false
        record(pod, sandboxProblem(error, hexId(this.#around.random)))
      }
      await this.#timers.wait(delay)
      delay = Math.min(delay * 2, sandboxRetry.most)
    }
  }

  /** Runs an init container until it ends well. False when the pod cannot go on. */
  async #runInit(container: Container): Promise<boolean> {
    // A sidecar: an init container that goes on beside the others (KEP-753).
    const sidecar = container.restartPolicy === 'Always'
    const round = this.#round
    let delay: number = backoff.first
    for (;;) {
      if (this.#over(round)) return false
      const run = this.containers.launch(container)
      if (run !== undefined) {
        this.containers.setRunning(container, sidecar)
        this.#report()
        if (sidecar) {
          void this.#superviseEnd(container, run, this.#around.clock.now())
          return true
        }
        const exit = await run.exit
        this.containers.setTerminated(container.name, exit, exit === 0)
        if (this.#over(round)) return false
        this.#report()
        if (exit === 0) return true
        if (this.#pod.spec.restartPolicy === 'Never') return false
      }
      this.containers.backOff(container, delay)
      await this.#timers.wait(delay)
      delay = Math.min(delay * 2, backoff.most)
    }
  }

  #startContainer(container: Container): void {
    const round = this.#round
    const run = this.containers.launch(container)
    if (run === undefined) {
      this.#timers.after(backoff.first, () => {
        if (!this.#over(round)) this.#startContainer(container)
        this.#report()
      })
      return
    }
    const probed = container.readinessProbe !== undefined || container.startupProbe !== undefined
    this.containers.setRunning(container, !probed)
    void this.#superviseEnd(container, run, this.#around.clock.now())
    if (probed || container.livenessProbe !== undefined) this.containers.probe(container, run)
  }

  #startEphemeral(): void {
    if (this.#sandbox === undefined || this.#stopping || !this.#initialized) return
    for (const container of this.#pod.spec.ephemeralContainers ?? []) {
      if (this.containers.records.has(container.name)) continue
      const run = this.containers.launch(container)
      if (run === undefined) continue
      this.containers.setRunning(container, false)
      this.#report()
      void run.exit.then((exit) => {
        this.containers.setTerminated(container.name, exit, false)
        this.#report()
      })
    }
  }

  /** Waits for a container's end and starts it again if its pod says so. */
  async #superviseEnd(container: Container, run: ContainerRun, since: number): Promise<void> {
    const { clock } = this.#around
    const round = this.#round
    const exit = await run.exit
    this.containers.setTerminated(container.name, exit, false)
    if (this.#over(round)) return
    if (this.#changed.delete(container.name)) {
      this.#startContainer(this.#pod.spec.containers.find(({ name }) => name === container.name) ?? container)
      this.#report()
      return
    }
    const policy = container.restartPolicy ?? this.#pod.spec.restartPolicy ?? 'Always'
    if (policy === 'Never' || (policy === 'OnFailure' && exit === 0)) {
      this.#report()
      return
    }
    const restarts =
      clock.now() - since > backoff.reset
        ? 0
        : (this.containers.records.get(container.name)?.restartCount ?? 0)
    // The first restart comes at once, the second after 10 s, then 20 s and so on.
    const delay = restarts === 0 ? 0 : Math.min(backoff.first * 2 ** (restarts - 1), backoff.most)
    this.#report()
    if (delay > 0) {
      this.containers.backOff(container, delay)
      await this.#timers.wait(delay)
    } else await this.#timers.wait(500)
    if (this.#over(round)) return
    this.#startContainer(container)
    this.#report()
  }

  /** Nothing is started any more, or not in this sandbox. */
  #over(round: number): boolean {
    return this.#stopping || this.#round !== round
  }

  #facts(): PodFacts {
    return {
      hostIP: this.#around.nodeAddress,
      startTime: this.#startTime,
      ...(this.#sandbox === undefined ? {} : { podIP: this.#sandbox.address }),
      containers: this.containers.records,
      initialized: this.#initialized,
      ...(this.#failed === undefined ? {} : { failed: this.#failed }),
    }
  }

  #report(): void {
    const { store, clock } = this.#around
    store.change(pods, this.#pod, (pod) => ({
      ...pod,
      status: podStatus(pod, this.#facts(), timestamp(clock.now())),
    }))
  }
}
