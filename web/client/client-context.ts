import { createContext, useContext } from 'react'
import type { Session } from '../../src/server/contract/session.ts'
import type { Client } from './client.ts'

/** What every page is given: whom to ask, and what it looks at. */
export interface Connection {
  readonly client: Client
  readonly session: Session
}

export const ConnectionContext = createContext<Connection | null>(null)

export function useConnection(): Connection {
  const connection = useContext(ConnectionContext)
  if (!connection) throw new Error('a page stands inside the connection')
  return connection
}
