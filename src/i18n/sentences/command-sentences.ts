/** What a part of a pasted text may be (bundle/paste/recognise.ts). */
export type PastedKind =
  | 'link'
  | 'brief-link'
  | 'route'
  | 'kernel-table'
  | 'rule'
  | 'neighbour'
  | 'arp'
  | 'iptables-save'
  | 'iptables-rules'
  | 'iptables-list'
  | 'nft'
  | 'ipset'
  | 'sysctl'
  | 'conntrack'
  | 'ifconfig'
  | 'pods-wide'
  | 'pods-object'
  | 'unknown'

/** What commands say of how they were called, and of what became of it. Options, paths and commands stay as one types them. */
export interface CommandSentences {
  readonly usage: UsageSentences
  /** How a fault of a lab cannot be made. */
  readonly noVictim: {
    readonly 'no-pod': (facts: { readonly pod: string | null }) => string
    readonly 'no-later-eni': () => string
    readonly 'none-suits': () => string
  }
  readonly stillBroken: (code: string, because: string) => string
  readonly runNotKept: (because: string) => string
  readonly runsNotKept: (because: string) => string
  readonly browserNotOpened: (because: string) => string
  readonly openAddress: string
  /** What `podpath read` says of a text. */
  readonly read: {
    readonly kinds: Readonly<Record<PastedKind, string>>
    readonly table: (name: string) => string
    readonly nothing: string
  }
  readonly badFlows: (file: string, lines: number) => string
  readonly exported: (files: number, directory: string) => string
  readonly notRecorded: (what: string, at: string, because: string) => string
  readonly recorded: (stacks: number, directory: string) => string
  /** Beside `recorded`, where nodes are missing in it. */
  readonly recordedInPart: (unread: number, nodes: number) => string
  /** A question: agents on so many nodes. */
  readonly manyNodes: (nodes: number) => string
  /** What the system says (errno(3)), by its code; of others its own phrase is told. */
  readonly systemReasons: Readonly<Record<string, string>>
}

/** One line each: what is wrong with the words, and what would be right. */
export interface UsageSentences {
  readonly wholeNumber: (option: string, text: string, least: number, most: number) => string
  readonly quantity: (option: string, text: string) => string
  readonly kubernetesName: (option: string, text: string) => string
  readonly size: (option: string, text: string, leastMebi: number, mostMebi: number) => string
  readonly instanceType: (text: string, known: readonly string[]) => string
  readonly protocol: (text: string) => string
  readonly contradict: (one: string, other: string) => string
  readonly exclude: (options: readonly string[]) => string
  readonly twoClusters: string
  readonly clusterBesideBundle: string
  readonly nodeBesideBundle: string
  readonly nodeFiles: (word: string) => string
  readonly assumptionWithoutBundle: string
  readonly flowsWithoutBundle: string
  readonly unreadableFlows: (file: string, because: string) => string
  readonly twoEndpoints: string
  readonly probeProtocol: (protocol: string) => string
  readonly probePort: string
  readonly probeBundle: string
  readonly nothingToChange: string
  readonly bothSnapshots: string
  readonly runWithoutNode: string
  readonly nodeWithoutRun: string
  readonly twoOnOutput: string
  readonly captureAtTerminal: string
  readonly inputIsDirectory: string
  readonly agentBySsh: (option: string) => string
  readonly sshFileForLab: (option: string) => string
  readonly needsSsh: (option: string) => string
  readonly pullSecret: string
  readonly nodeSelector: (text: string) => string
  readonly sshUser: (text: string) => string
  readonly sshJump: (text: string) => string
  readonly unreadable: (option: string, path: string) => string
  readonly notEmpty: (directory: string) => string
  readonly unwritable: (what: string, because: string) => string
  readonly portTaken: (port: number) => string
  readonly portRefused: (port: number) => string
  readonly noPage: string
  readonly alreadyBroken: (code: string, heal: string) => string
  readonly noExercise: (start: string) => string
  readonly exerciseRuns: (heal: string) => string
  readonly randomAndNamed: (code: string) => string
  readonly notInSubnets: (code: string, subnets: 'public' | 'private') => string
  readonly noVictim: (code: string, because: string) => string
}
