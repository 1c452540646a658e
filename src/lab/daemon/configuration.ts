import type { LabOptions } from '../plan/topology.ts'

/** What the daemon is told when it starts, as JSON in its environment. */
export interface DaemonConfiguration {
  readonly options: LabOptions
  /** The port on the host's loopback behind descriptor 3 (Kubernetes) and 4 (AWS). */
  readonly ports: { readonly kubernetes: number; readonly aws: number }
  /** The package's own directory and the node executable, as the host names them. */
  readonly packageRoot: string
  readonly node: string
}

export const configurationVariable = 'PODPATH_LAB'

/** What the starter writes to the daemon's standard input when the lab shall outlive the starter. */
export const releaseWord = 'release\n'

/** What the daemon says on descriptor 5, a JSON object a line. */
export type DaemonMessage =
  | { readonly kind: 'progress'; readonly step: string }
  | {
      readonly kind: 'ready'
      readonly kubeconfig: string
      readonly aws: AwsAccess
      readonly environment: Readonly<Record<string, string>>
    }
  | { readonly kind: 'failed'; readonly message: string }

/** How a client reaches the lab's EC2 API from the host. */
export interface AwsAccess {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}
