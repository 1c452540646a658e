import type { LabHealth, LabPart, LabPartState } from '../../model/lab/lab-health.ts'

/** What became of the processes that the daemon started. */
export class LabWatch {
  readonly #parts = new Map<string, LabPartState>()
  /** Of parts that are there: the processes without which they answer nobody. */
  readonly #processes = new Map<string, { readonly part: LabPart; readonly pids: () => readonly number[] }>()
  /** When a part was first seen stopped. */
  readonly #stoppedAt = new Map<string, string>()
  readonly #isStopped: (pid: number) => boolean

  /** @param isStopped whether a process of this number is held by a signal */
  constructor(isStopped: (pid: number) => boolean) {
    this.#isStopped = isStopped
  }

  /** Whether these are stopped is looked at whenever somebody asks for the lab's health. */
  follow(part: LabPart, pids: () => readonly number[]): void {
    this.#processes.set(keyOf(part), { part, pids })
  }

  /** It has ended, and stays away. */
  ended(part: LabPart): void {
    this.#note(part, 'ended')
  }

  /** It has ended, and is being started again. */
  returning(part: LabPart): void {
    this.#note(part, 'returning')
  }

  /** It runs again. */
  returned(part: LabPart): void {
    const state = this.#parts.get(keyOf(part))
    if (state?.state !== 'returning') return
    this.#parts.set(keyOf(part), { ...state, state: 'running', restarts: state.restarts + 1 })
  }

  health(): LabHealth {
    const parts = [...new Map([...this.#parts, ...this.#stopped()]).values()]
    const lost = new Set(
      parts.flatMap(({ kind, name, state }) =>
        kind === 'node' && (state === 'ended' || state === 'stopped') ? [name] : [],
      ),
    )
    // With a node goes what ran on it: one cause, told once.
    return { parts: parts.filter(({ kind, name }) => kind !== 'sshd' || !lost.has(name)) }
  }

  #stopped(): readonly (readonly [string, LabPartState])[] {
    return [...this.#processes].flatMap(([key, { part, pids }]) => {
      const known = this.#parts.get(key)
      const isThere = known === undefined || known.state === 'running'
      if (!isThere || !pids().some(this.#isStopped)) {
        this.#stoppedAt.delete(key)
        return []
      }
      const endedAt = this.#stoppedAt.get(key) ?? new Date().toISOString()
      this.#stoppedAt.set(key, endedAt)
      return [[key, { ...part, state: 'stopped', endedAt, restarts: known?.restarts ?? 0 }] as const]
    })
  }

  #note({ kind, name }: LabPart, state: LabPartState['state']): void {
    const before = this.#parts.get(keyOf({ kind, name }))
    const endedAt = new Date().toISOString()
    this.#parts.set(keyOf({ kind, name }), { kind, name, state, endedAt, restarts: before?.restarts ?? 0 })
  }
}

const keyOf = ({ kind, name }: LabPart): string => `${kind} ${name}`
