import { useEffect, useState } from 'react'
import type { ClusterView } from '../../../src/model/view/cluster-view.ts'
import { useConnection } from '../../client/client-context.ts'

export interface Watched {
  /** Null: nothing has come yet. */
  readonly view: ClusterView | null
  readonly connected: boolean
}

/** The cluster as it is now, for as long as the page is shown. */
export function useCluster(): Watched {
  const { client } = useConnection()
  const [watched, setWatched] = useState<Watched>({ view: null, connected: true })
  useEffect(
    () =>
      client.watchCluster(
        (view) => {
          setWatched((before) => ({ ...before, view }))
        },
        (connected) => {
          setWatched((before) => (before.connected === connected ? before : { ...before, connected }))
        },
      ),
    [client],
  )
  return watched
}
