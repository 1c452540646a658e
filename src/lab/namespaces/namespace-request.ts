import type { RootRequest } from './root/root-filesystem.ts'

/** A sandbox to be made. */
export interface NamespaceRequest {
  readonly name: string
  readonly hostname: string
  readonly root: RootRequest
  /** Files put into the root before it is entered, by absolute path. */
  readonly files: Readonly<Record<string, string>>
  /** Symbolic links put into the root: what each path points to. */
  readonly links?: Readonly<Record<string, string>>
  /** The network namespace's file, opened, or a new one. The descriptor is closed here. */
  readonly network: number | 'new'
  /** A node's root is shown to others through it, at this path; a pod that mounts something of a node begins in it. */
  readonly gallery?: { readonly pid: number; readonly show?: string }
  /** The command that mounts what fstab could not be trusted with, run when the rest of the root stands. */
  readonly mountVolumes?: readonly string[]
  /** The process whose PID namespace it lives in, and whether it gets one of its own below it. */
  readonly processes: { readonly under: number | null; readonly own: boolean }
}
