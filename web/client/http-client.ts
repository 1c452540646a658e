import { session } from '../../src/server/contract/session.ts'
import type { Client } from './client.ts'
import { ask } from './http.ts'
import { lookClient } from './look-client.ts'

/** The client of a running `podpath ui`. */
export const httpClient: Client = {
  session: (signal) => ask(session, '/api/session', signal ? { signal } : {}),
  ...lookClient,
}
