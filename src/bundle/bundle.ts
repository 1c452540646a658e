import type { Gap } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'

/** Where a stack's files lie, relative to the bundle. */
export interface BundleStack {
  readonly id: StackId
  readonly dir: string
  /** Why its files are not what a kernel printed but what it should have; absent: they were recorded. */
  readonly derived?: string
}

/** Two interface ends that exchange frames, each a stack and a name in it. */
export interface BundleWire {
  readonly a: readonly [StackId, string]
  readonly b: readonly [StackId, string]
}

/** bundle.json. */
export interface BundleIndex {
  readonly version: 1
  /** ISO 8601. */
  readonly created: string
  /** What was recorded: the kubeconfig's context. */
  readonly source?: string
  readonly stacks: readonly BundleStack[]
  readonly wires: readonly BundleWire[]
  /** What could not be recorded, and why. */
  readonly gaps?: readonly Gap[]
}

/** A snapshot: raw outputs by their path inside the bundle, and the index that says what they are. */
export interface Bundle {
  readonly index: BundleIndex
  /** `stacks/NAME/route.json` → its text; without bundle.json itself. */
  readonly files: ReadonlyMap<string, string>
}

export const indexFile = 'bundle.json'

/** Folders of a bundle that its index does not name. */
export const bundleFolders = ['kubernetes', 'ec2', 'names'] as const

/** Every file of the bundle, bundle.json included. */
export const bundleFiles = (bundle: Bundle): ReadonlyMap<string, string> =>
  new Map([[indexFile, `${JSON.stringify(bundle.index, null, 2)}\n`], ...bundle.files])

/** A directory of its own for a stack: `pod/default/web-1` → `stacks/pod_default_web-1`. No two ids share one. */
export const stackDirectory = (id: StackId): string =>
  `stacks/${id.replace(/[^A-Za-z0-9.-]|^[.-]/gu, (mark) => (mark === '/' ? '_' : `%${mark.codePointAt(0)?.toString(16) ?? ''}.`))}`

/**
 * Whether a path may be read or written inside a bundle: relative, of plain names, never upwards.
 * A bundle may come from anybody, and its index names directories.
 */
export const isInside = (path: string): boolean =>
  path.length <= 512 &&
  path.split('/').length <= 6 &&
  path.split('/').every((name) => /^[A-Za-z0-9%_@:+=][A-Za-z0-9%_@:+=.,-]*$/.test(name))

export type BundleErrorCode =
  | 'not-a-bundle'
  | 'unreadable'
  | 'bad-index'
  | 'bad-file'
  | 'unsafe-path'
  | 'too-large'
  | 'not-empty'
  | 'not-written'

/** A bundle that cannot be read or written; the message says which file, which line and what to do. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
  readonly code: BundleErrorCode
  readonly file: string
  constructor(code: BundleErrorCode, file: string, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options)
    this.code = code
    this.file = file
  }
}
