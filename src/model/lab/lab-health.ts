/** What a lab is made of beside its daemon: each is a process, or hangs from one. */
export type LabPartKind =
  | 'node'
  | 'bastion'
  /** The programs behind the internet's few names. */
  | 'internet'
  | 'sshd'
  /** What holds the namespaces that all of its sandboxes are made in. */
  | 'frame'

export interface LabPart {
  readonly kind: LabPartKind
  /** Of the node, for a node and its sshd; else what people call it. */
  readonly name: string
}

/** A part that has ended at least once, or that is stopped. */
export interface LabPartState extends LabPart {
  /**
   * `returning`: it is being started again. `ended`: it stays away until the lab is started anew. `stopped`: a signal (SIGSTOP) holds a
   * process of it, and it answers nobody.
   */
  readonly state: 'running' | 'returning' | 'ended' | 'stopped'
  /** When it ended last, RFC 3339; of one that is stopped, when that was first seen. */
  readonly endedAt: string
  /** How often it was started again. */
  readonly restarts: number
}

/** What the lab's daemon has seen end, or sees stopped; a part that is not named has run ever since. */
export interface LabHealth {
  readonly parts: readonly LabPartState[]
}
