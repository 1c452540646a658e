/** What is said of labs, beside the lines of progress. */
export interface LabSentences {
  /** Above the names and addresses that the lab's shell knows. */
  readonly greeting: (name: string, bastion: string) => string
  /** Why a lab cannot be started, used or ended, and what to do: one line each. */
  readonly problems: {
    readonly 'already-up': (facts: NamedLab) => string
    readonly 'not-up': (facts: NamedLab) => string
    readonly 'no-shell': (facts: NamedLab) => string
    readonly claimed: (facts: { readonly name: string }) => string
    readonly 'just-starting': (facts: { readonly name: string }) => string
    readonly 'not-a-name': (facts: { readonly name: string }) => string
    readonly 'no-linux': (facts: { readonly platform: string }) => string
    readonly 'programs-missing': (facts: { readonly line: string; readonly anyway: string | null }) => string
    readonly 'no-id-range': () => string
    readonly 'no-namespaces': () => string
    readonly 'no-user-name': (facts: { readonly uid: number }) => string
    readonly 'too-few-files': (facts: {
      readonly nodes: number
      readonly wanted: number
      readonly allowed: number
    }) => string
  }
}

interface NamedLab {
  readonly name: string
  /** What a command needs to mean this lab: empty, or ` --name NAME`. */
  readonly option: string
}
