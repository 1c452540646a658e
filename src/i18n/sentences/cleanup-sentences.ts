import type { NamedObject } from '../facts/object-name.ts'

/** What `podpath cleanup` says of what it finds. */
export interface CleanupSentences {
  readonly nothing: (cluster: string) => string
  readonly wouldRemove: (object: NamedObject) => string
  /** Somebody asked for its removal before. */
  readonly isEnding: (object: NamedObject) => string
  /** A trace instance in a kernel. */
  readonly traceRemoved: (facts: { readonly at: string; readonly instance: string }) => string
  readonly traceRefused: (facts: { readonly at: string; readonly because: string }) => string
  readonly noTraces: (kernels: number) => string
  readonly removed: (object: NamedObject) => string
  /** Its removal was taken, and it is not gone in time; null: the cluster does not say what for. */
  readonly stillEnding: (facts: {
    readonly object: NamedObject
    readonly waitsFor: string | null
    readonly seconds: number
  }) => string
  readonly notRemoved: (facts: {
    readonly object: NamedObject
    readonly because: string
    readonly command: string
  }) => string
}
