import { printable } from '../../edge/printable.ts'

export type ClusterErrorCode =
  | 'no-kubeconfig'
  | 'unreadable-kubeconfig'
  | 'no-context'
  | 'credentials'
  | 'unauthorized'
  | 'forbidden'
  | 'throttled'
  | 'server-error'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'aborted'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'refused'
  | 'unexpected-answer'
  | 'agent-not-ready'
  | 'agent-lost'
  | 'too-many-nodes'
  | 'bad-endpoint'
  | 'bad-filter'
  | 'no-such-endpoint'

/** The world did not let us look or act. The message is one line: what, where, and what to do. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly code: ClusterErrorCode
  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message, 600), options)
    this.code = code
  }
}
