import type { Verdict } from '../../model/path/path.ts'

/** What the figures and the page around them say beyond the words of the reports. */
export interface FigureSentences {
  readonly podNamespace: string
  readonly hostNamespace: string
  /** A title for someone who cannot see the figure. */
  readonly described: (from: string, to: string, verdict: Verdict | null) => string
  /** What the three kinds of line mean. */
  readonly known: { readonly captured: string; readonly inferred: string; readonly predicted: string }
  /** Above what was predicted where the packet went elsewhere. */
  readonly predictedPath: string
  readonly predictedHere: string
  /** What the lines inside the boxes are. */
  readonly tableLines: string
  readonly hops: (count: number) => string
  readonly noPath: string
  readonly alsoHold: (count: number) => string
  readonly wrongHere: string
  readonly figureScrolls: string
  readonly decisions: string
  readonly captures: string
  /** Over the captures: time, place, interface, direction, addresses, TTL, octets, what it is. */
  readonly captureColumns: readonly [string, string, string, string, string, string, string, string]
  readonly probes: string
  readonly sent: string
  readonly received: string
  readonly roundTrip: string
  readonly started: string
  readonly nothingFound: string
  readonly madeBy: string
}
