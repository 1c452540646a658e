import type { NamedObject } from '../facts/object-name.ts'

/** Something in a cluster that podpath made, and what removes it. */
export interface LeftFacts {
  readonly object: NamedObject
  readonly cluster: string
  /** Null: podpath was ended before it asked for the removal. */
  readonly because: string | null
  readonly certain: boolean
  readonly command: string
}

/** Lines that stand on the standard error stream while podpath works. */
export interface ProgressSentences {
  readonly labStarting: (nodes: number, pods: number) => string
  readonly labReady: (milliseconds: number) => string
  /** A lab of which something is missing: what for, and the line that brings it. */
  readonly labIncomplete: (missing: readonly string[], line: string) => string
  /** Where no control groups can be made. */
  readonly labUnlimited: string
  readonly labStopping: string
  readonly labGone: string
  readonly clusterReading: (name: string) => string
  readonly clusterRead: (nodes: number, pods: number) => string
  readonly deploying: (pods: number) => string
  readonly deploymentRemoving: string
  readonly agentCreating: (nodes: number) => string
  readonly agentReady: (milliseconds: number) => string
  readonly agentRemoving: string
  /** The cluster has taken the order; it needs some seconds. */
  readonly agentRemoved: string
  /** With podpath's name before it: it stands on its own. */
  readonly leftBehind: (facts: LeftFacts) => string
  readonly sshOpening: (nodes: number) => string
  readonly sshOpen: (nodes: number, milliseconds: number) => string
  readonly sshClosing: string
  readonly sshClosed: string
  readonly snapshotTaking: (stacks: number) => string
  readonly captureStarting: (stacks: number) => string
  readonly captureListening: (stacks: number) => string
  readonly probing: (from: string, to: string) => string
  readonly probed: (received: number, sent: number) => string
  readonly pairsProbed: (done: number, all: number) => string
  readonly pairsPredicted: (done: number, all: number) => string
  readonly askingKernels: string
  readonly following: string
  readonly predicting: string
  readonly comparing: string
  readonly captureWritten: (file: string) => string
  readonly reportWritten: (file: string) => string
  /** `podpath cleanup` waits until so many objects are gone. */
  readonly removalsAwaited: (count: number) => string
  readonly interrupted: string
  /** Ctrl-C came again, and the clean-up goes on. */
  readonly stillClearing: (seconds: number, objects: readonly NamedObject[]) => string
  /** After the address of `podpath ui`. */
  readonly pageServed: string
}
