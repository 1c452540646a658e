import list from './programs.json' with { type: 'json' }

/** The distributions whose names of packages are known. */
export type Distribution = 'debian' | 'fedora' | 'alpine'

/**
 * Who needs it. `demo`: a lab, and the commands that predict and probe in it. `lab`: what a person types in a lab, in its shell,
 * on its nodes. `test`: the tests alone. Each needs what those before it need.
 */
export type Need = 'demo' | 'lab' | 'test'

/** Programs that come from one package, and what a lab or its tests do with them. */
export interface Requirement {
  readonly programs: readonly string[]
  /** One phrase, with no full stop. */
  readonly purpose: { readonly en: string; readonly ko: string }
  readonly need: Need
  /** Only a lab that root did not start needs it; the tests start both kinds. */
  readonly withoutRoot?: boolean
  /** Found on the user's own PATH, where every other one is found in the system's directories, as nodes and pods find it. */
  readonly client?: boolean
  /** Where busybox is the program, it will do. */
  readonly busybox?: boolean
  readonly packages: Readonly<Record<Distribution, readonly string[]>>
}

/** Every program that a lab, what is run in it, and the tests use; programs.json, which the set-up reads too. */
export const requirements = list as readonly Requirement[]
