import type { Agent } from 'node:http'

/** As whom requests reach an API server. */
export interface Identity {
  /** Keeps connections open between requests. */
  readonly agent: Agent
  /** The headers that say who we are. Asked before every request: tokens are renewed while we run. */
  headers(): Promise<Readonly<Record<string, string>>>
  /** After a 401: asks whoever supplies the credential for a new one. False: nobody can. */
  renew(): Promise<boolean>
}
