import { queryOptions } from '@tanstack/react-query'
import type { Client } from '../../client/client.ts'

/** What a trace may start from and go to. */
export const endpointsQuery = (client: Client) =>
  queryOptions({ queryKey: ['endpoints'], queryFn: ({ signal }) => client.endpoints(signal) })
