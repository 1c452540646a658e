/** Why a change cannot be taken as it was written, with the words that it is about. */
export type ChangeProblem =
  /** The command, or what it is to do, is none that is understood. */
  | { readonly code: 'command'; readonly word: string }
  | { readonly code: 'option'; readonly word: string }
  | { readonly code: 'value'; readonly option: string; readonly value: string }
  /** The command needs one that was not given. */
  | { readonly code: 'lacks'; readonly what: string }
  /** What is to be changed or removed does not stand there. */
  | { readonly code: 'not-there'; readonly what: string; readonly at: string }
  | { readonly code: 'there-already'; readonly what: string; readonly at: string }
  /** The snapshot does not hold the part that the change is of. */
  | { readonly code: 'not-read'; readonly what: string; readonly at: string }
  | { readonly code: 'quoting'; readonly text: string }
  | { readonly code: 'too-long'; readonly what: string; readonly most: number }
  | { readonly code: 'yaml'; readonly because: string }
  | { readonly code: 'kind'; readonly kind: string }
  | { readonly code: 'object'; readonly object: string; readonly because: string }
  /** Both backends of iptables have rules there. */
  | { readonly code: 'backend'; readonly at: string }
  | { readonly code: 'variable'; readonly name: string }
  | { readonly code: 'no-cause'; readonly cause: string; readonly found: readonly string[] }
  | { readonly code: 'no-cure'; readonly cause: string }
