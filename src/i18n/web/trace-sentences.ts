import type { Stage } from '../../model/path/path.ts'
import type { ProbeProtocol } from '../../model/result/result.ts'

/** The page that sends a packet, and the view of a run. */
export interface WebTraceSentences {
  readonly title: string
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly protocols: { readonly [P in ProbeProtocol]: string }
  readonly port: string
  /** Where no port is given. */
  readonly usualPort: string
  readonly count: string
  readonly send: string
  readonly predict: string
  readonly predictOnly: string
  readonly recordedOnly: string
  readonly cancel: string
  readonly kinds: {
    readonly pod: string
    readonly deployment: string
    readonly node: string
    readonly service: string
    readonly host: string
  }
  readonly noSuggestion: string
  readonly moreSuggestions: (count: number) => string
  readonly intro: string
  readonly tryThis: string
  readonly running: string
  readonly hopsSeen: string
  readonly cancelled: string
  readonly failed: string
  readonly warning: string
  readonly runGone: string
  /** The run as a play. */
  readonly play: {
    readonly title: string
    readonly first: string
    readonly back: string
    readonly play: string
    readonly pause: string
    readonly next: string
    readonly last: string
    readonly position: (step: number, all: number) => string
    readonly keys: string
    readonly steps: string
    readonly request: string
    readonly reply: string
    readonly flow: string
    readonly starts: string
    readonly arrives: string
    readonly cameIn: string
    readonly wentOut: string
    readonly packetIn: string
    readonly packetOut: string
    readonly same: string
    readonly differs: string
    readonly rewrites: (field: 'src' | 'dst', from: string, to: string) => string
    readonly after: (time: string) => string
    readonly decided: string
    readonly noDecisions: string
    readonly deciding: string
    readonly guilty: string
    readonly statements: string
    readonly known: { readonly captured: string; readonly inferred: string; readonly predicted: string }
    /** Over the ways of which chance chooses one. */
    readonly alternatives: (ways: number) => string
    /** Over the lines that almost decided instead. */
    readonly whyNot: string
    readonly noneDecided: (stage: string) => string
  }
  /** What happens at each kind of decision, for somebody who sees it the first time. */
  readonly stages: { readonly [S in Stage]: { readonly name: string; readonly meaning: string } }
  readonly packets: {
    readonly title: string
    readonly count: (count: number) => string
    readonly found: (count: number, all: number) => string
    readonly filter: string
    readonly filterExample: string
    readonly probeOnly: string
    readonly number: string
    readonly time: string
    readonly place: string
    readonly source: string
    readonly destination: string
    readonly protocol: string
    readonly length: string
    readonly info: string
    readonly reading: string
    readonly none: string
    readonly nothingCaptured: string
    readonly choose: string
    readonly layers: string
    readonly octets: string
    readonly noted: string
  }
  readonly download: string
  readonly downloads: {
    readonly pcapng: string
    readonly svg: string
    readonly json: string
    readonly markdown: string
    readonly html: string
  }
}
