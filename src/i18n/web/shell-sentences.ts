/** What stands around every page of `podpath ui`. */
export interface WebShellSentences {
  /** The pages' names in the menu. */
  readonly pages: {
    readonly trace: string
    readonly cluster: string
    readonly tables: string
    readonly lab: string
    readonly runs: string
  }
  readonly menu: string
  /** For the keyboard: past the menu. */
  readonly skip: string
  readonly source: (kind: 'cluster' | 'bundle', name: string) => string
  readonly sourceKind: { readonly cluster: string; readonly bundle: string }
  readonly language: string
  readonly theme: string
  readonly themes: { readonly auto: string; readonly light: string; readonly dark: string }
  readonly loading: string
  readonly notConnected: string
  readonly broken: string
}
