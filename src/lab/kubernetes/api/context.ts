import type { ServerResponse } from 'node:http'
import type { Admission } from '../admission/admit.ts'
import type { Runtime } from '../kubelet/runtime.ts'
import type { AccountToken, TokenAuthenticator, User } from '../tokens.ts'

/** What a request's handlers have at hand. */
export interface Context extends Admission {
  readonly runtime: Runtime
  readonly user: User
  readonly tokens: TokenAuthenticator
  issueToken(token: AccountToken): string
  readonly url: URL
  /** Counts a long-running answer; returns what to call when it ends. */
  hold(response: ServerResponse): () => void
}
