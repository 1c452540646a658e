/** What `podpath capture` says beside the packets. */
export interface CaptureSentences {
  readonly listening: (stacks: number, file: string | null) => string
  /** Of a stack that is captured: a node, or a pod on one. */
  readonly onNode: (node: string) => string
  readonly notListening: (stack: string, because: string) => string
  readonly lost: (stack: string, because: string) => string
  readonly skipped: (lines: number, file: string | null) => string
  /** Lines, the packets that they are of, and the rewritings that were seen. */
  readonly summary: (lines: number, packets: number, rewritten: number, seconds: number) => string
  readonly stackTotal: (frames: number) => string
  readonly dropped: (packets: number) => string
  readonly droppedUnknown: string
  readonly written: (file: string, octets: number) => string
  /** Columns of the table of hops that a trace shows while it runs. */
  readonly hops: {
    readonly request: string
    readonly reply: string
    readonly probe: (number: number, of: number) => string
  }
}
