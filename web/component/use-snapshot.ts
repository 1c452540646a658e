import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Snapshot } from '../../src/server/contract/look.ts'
import { useConnection } from '../client/client-context.ts'

export interface SnapshotUse {
  /** Undefined: not asked yet. */
  readonly state: Snapshot | undefined
  readonly taking: boolean
  readonly error: Error | null
  readonly take: () => void
}

/**
 * What the tables are read from. Where changes are allowed (a lab) it is taken at once; on any other cluster the
 * reader must say so, because podpath's agent is put on the nodes for it.
 */
export function useSnapshot(): SnapshotUse {
  const { client, session } = useConnection()
  const queries = useQueryClient()
  const snapshot = useQuery({ queryKey: ['snapshot'], queryFn: ({ signal }) => client.snapshot(signal) })
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.takeSnapshot(),
    onSuccess: async (state) => {
      queries.setQueryData(['snapshot'], state)
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'read' })
    },
  })
  const none = snapshot.data?.kind === 'none'
  useEffect(() => {
    if (none && session.mayChange) mutate()
  }, [none, session.mayChange, mutate])
  return {
    state: snapshot.data,
    taking: isPending || snapshot.data?.kind === 'taking',
    error: error ?? snapshot.error,
    take: mutate,
  }
}
