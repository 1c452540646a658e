import type { Session } from '../../src/server/contract/session.ts'

/**
 * Everything that a page may ask. It cannot tell a cluster from a recorded snapshot: what a source cannot do is
 * absent, and a page then does not offer it. Every promise rejects with a ClientError.
 */
export interface Client {
  session(signal?: AbortSignal): Promise<Session>
}

/** Why an answer did not come; the message is one line for people. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
