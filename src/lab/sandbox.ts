import type { Readable, Writable } from 'node:stream'

/**
 * What the lab's Kubernetes side asks of its data plane: pod sandboxes on a node, and processes in them.
 * The Kubernetes room decides what runs; the data plane makes namespaces, addresses and routes, and runs it.
 */
export interface Sandboxes {
  /** Makes the pod's namespaces and, unless it uses the host network, does what the CNI plugin's ADD does. */
  create(request: SandboxRequest): Promise<Sandbox>
  /**
   * Ends every process of the sandbox and does what CNI DEL does. No error when it is gone already.
   * @param again the pod gets another one, which finds its empty directories as they were
   */
  remove(uid: string, again?: boolean): Promise<void>
  /** Runs a process in the sandbox; it ends with the sandbox at the latest. */
  spawn(uid: string, process: ProcessRequest): SandboxProcess
  /** How many processes of a container the kernel has killed because its memory limit was reached. */
  outOfMemory(uid: string, container: string): number
  /** Puts these files into a volume of the sandbox in place of those that are there, all at once. */
  writeVolume(uid: string, volume: string, files: VolumeFiles): void
  /** A byte stream to a TCP port on the sandbox's loopback or own address; rejects when nobody listens. */
  connect(
    uid: string,
    port: number,
  ): Promise<{ readonly readable: Readable; readonly writable: Writable; close(): void }>
}

export interface SandboxRequest {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** The Kubernetes node's name. */
  readonly node: string
  readonly hostname: string
  readonly hostNetwork: boolean
  readonly hostPID: boolean
  /** /etc/hosts of a pod that has this address. */
  hosts(address: string): string
  readonly resolvConf: string
  /** Set in its own network and IPC namespaces before anything runs in it. */
  readonly sysctls?: readonly SandboxSysctl[]
  readonly volumes?: readonly SandboxVolume[]
  readonly mounts?: readonly SandboxMount[]
  /** A static address asked for by the lab's own plan; the CNI picks one otherwise. */
  readonly address?: string
}

/** `name` with dots between its parts. */
export interface SandboxSysctl {
  readonly name: string
  readonly value: string
}

/** A directory that a pod's containers see. */
export type SandboxVolume =
  | { readonly kind: 'empty'; readonly name: string }
  | { readonly kind: 'files'; readonly name: string; readonly files: VolumeFiles }
  /** A directory or file of the node's. `type` is Kubernetes' HostPathType. */
  | { readonly kind: 'node'; readonly name: string; readonly path: string; readonly type: string }

export type VolumeFiles = readonly {
  /** Relative to the volume, without `..`. */
  readonly path: string
  readonly octets: Buffer
  readonly mode: number
}[]

export interface SandboxMount {
  readonly volume: string
  readonly path: string
  readonly subPath?: string
  readonly readOnly: boolean
}

export interface Sandbox {
  readonly uid: string
  readonly address: string
  /** Of the sandbox's first process, in the lab's process namespace. */
  readonly pid: number
  /** Settles when that process has ended, by whatever cause. */
  readonly ended: Promise<void>
}

export type SandboxErrorCode = 'no-address' | 'no-node' | 'no-sandbox' | 'volume' | 'runtime' | 'failed'

export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly code: SandboxErrorCode
  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** A terminal of this size in characters; stdout and stderr are then one stream. */
  readonly tty?: { readonly columns: number; readonly rows: number }
  /** Drops what a container without `privileged` or the capability would not have. */
  readonly capabilities?: { readonly add: readonly string[]; readonly privileged: boolean }
  /** Holds where the lab has control groups. */
  readonly limits?: ContainerLimits
}

/** What all processes of a container may take together. */
export interface ContainerLimits {
  readonly container: string
  /** Octets. */
  readonly memory?: number
  /** Processors, in fractions. */
  readonly processors?: number
}

export interface SandboxProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Null with a terminal. */
  readonly stderr: Readable | null
  readonly exit: Promise<number>
  resize(columns: number, rows: number): void
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): void
}
