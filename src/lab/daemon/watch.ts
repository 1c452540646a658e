import type { LabHealth, LabPart, LabPartState } from '../../model/lab-health.ts'

/** What became of the processes that the daemon started. */
export class LabWatch {
  readonly #parts = new Map<string, LabPartState>()

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
    const lost = new Set(
      [...this.#parts.values()].flatMap(({ kind, name, state }) =>
        kind === 'node' && state === 'ended' ? [name] : [],
      ),
    )
    // With a node goes what ran on it: one cause, told once.
    return { parts: [...this.#parts.values()].filter(({ kind, name }) => kind !== 'sshd' || !lost.has(name)) }
  }

  #note({ kind, name }: LabPart, state: LabPartState['state']): void {
    const before = this.#parts.get(keyOf({ kind, name }))
    const endedAt = new Date().toISOString()
    this.#parts.set(keyOf({ kind, name }), { kind, name, state, endedAt, restarts: before?.restarts ?? 0 })
  }
}

const keyOf = ({ kind, name }: LabPart): string => `${kind} ${name}`
