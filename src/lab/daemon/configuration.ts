import type { KubeconfigOptions } from '../kubernetes/kubeconfig.ts'
import type { LabGroups } from '../dataplane/container-groups.ts'
import type { LabOptions } from '../plan/topology.ts'
import type { ClientProgram } from '../ssh/client-programs.ts'
import type { BastionDoor } from '../ssh/enter.ts'

/** What the daemon is told when it starts, as JSON in its environment. */
export interface DaemonConfiguration {
  readonly options: LabOptions
  /** The port on the host's loopback behind descriptor 3 (Kubernetes) and 4 (AWS). */
  readonly ports: { readonly kubernetes: number; readonly aws: number }
  /** The package's own directory and the node executable, as the host names them. */
  readonly packageRoot: string
  readonly node: string
  /** Which control groups the lab has; null when it could not get any. */
  readonly groups: LabGroups | null
  /** The host's programs that the bastion offers. */
  readonly clientPrograms: readonly ClientProgram[]
}

export const configurationVariable = 'PODPATH_LAB'

/** What the starter writes to the daemon's standard input when the lab shall outlive the starter. */
export const releaseWord = 'release\n'

/** What the daemon says on descriptor 5, a JSON object a line. */
export type DaemonMessage =
  | { readonly kind: 'progress'; readonly step: string }
  | {
      readonly kind: 'ready'
      readonly kubeconfig: KubeconfigOptions
      readonly aws: AwsAccess
      readonly environment: Readonly<Record<string, string>>
      readonly shell: ShellAccess
    }
  | { readonly kind: 'failed'; readonly message: string }

/** How `lab shell` gets to the bastion. */
export interface ShellAccess {
  readonly door: BastionDoor
  readonly address: string
  /** What every shell on the bastion has in its environment, beside the user's own terminal and language. */
  readonly environment: Readonly<Record<string, string>>
  /** Why there is no ssh to the nodes; null when there is. */
  readonly withoutSsh: string | null
}

/** How a client reaches the lab's EC2 API from the host. */
export interface AwsAccess {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}
