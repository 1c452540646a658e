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

/** Text from outside as one line that a terminal may show: no control or direction characters, bounded length. */
export function printable(text: string, most = 300): string {
  const line = text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
