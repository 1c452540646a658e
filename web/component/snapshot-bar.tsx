import { useConnection } from '../client/client-context.ts'
import { useWords } from '../shell/words.ts'
import { Notice } from './notice.tsx'
import type { SnapshotUse } from './use-snapshot.ts'

/** When the tables were read, and how to read them again; before the first time, what that means. */
export function SnapshotBar({ snapshot }: { readonly snapshot: SnapshotUse }) {
  const { language, web } = useWords()
  const { session } = useConnection()
  const words = web.cluster
  const { state, taking, error, take } = snapshot
  if (error)
    return (
      <Notice kind="error" title={words.cannotRead}>
        <p>{error.message}</p>
        <button type="button" onClick={take}>
          {words.readAgain}
        </button>
      </Notice>
    )
  if (taking)
    return (
      <p className="snapshot-bar" role="status">
        <span className="spinner" aria-hidden="true" /> {words.reading}
      </p>
    )
  if (state?.kind === 'taken')
    return (
      <p className="snapshot-bar quiet">
        {words.readAt(new Date(state.at).toLocaleTimeString(language))}
        {session.source.kind === 'cluster' ? (
          <button type="button" className="small" onClick={take}>
            {words.readAgain}
          </button>
        ) : null}
      </p>
    )
  return (
    <Notice kind="info" title={words.readTablesWhy}>
      <p>{words.readTablesCluster}</p>
      <button type="button" className="primary" onClick={take}>
        {words.readTables}
      </button>
    </Notice>
  )
}
