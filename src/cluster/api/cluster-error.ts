import { clean } from '../../edge/clean.ts'

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

/** Text from outside as one line that a terminal may show: clean, single spaces, bounded length. */
export function printable(text: string, most = 300): string {
  const line = clean(text).replace(/ {2,}/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
