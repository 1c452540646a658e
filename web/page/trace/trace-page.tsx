import { lazy, Suspense, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { RunningTrace } from '../../client/client.ts'
import { useConnection } from '../../client/client-context.ts'
import { Waiting } from '../../component/waiting.tsx'
import type { PageProps } from '../../shell/page-props.ts'
import { hrefOf, replaceRoute } from '../../shell/route.ts'
import { useWords } from '../../shell/words.ts'
import { fieldsOf, queryOf, wantedOf, type Wanted } from './fields.ts'
import { noTrace, withEvent, type LiveTrace } from './live-trace.ts'
import { LiveView } from './live-view.tsx'
import { TraceForm } from './trace-form.tsx'
import './trace.css'

const runView = () => import('../../run/run-view.tsx')
/** Figures, packets and layers: nobody needs them before a run, and the form stands sooner without them. */
const RunView = lazy(async () => ({ default: (await runView()).RunView }))

/**
 * Chooses two ends, runs the trace, and shows the run. The address holds the ends and the run, so that a reload does;
 * with `start=1` the trace begins at once, as after a click.
 */
export function TracePage({ route }: PageProps) {
  const { client, session } = useConnection()
  const { language, web } = useWords()
  const queries = useQueryClient()
  const [live, setLive] = useState<LiveTrace>(noTrace)
  const running = useRef<RunningTrace | null>(null)
  useEffect(
    () => () => {
      running.current?.leave()
    },
    [],
  )

  const start = (wanted: Wanted): void => {
    running.current?.leave()
    // Read while the packets travel. Whoever shows the run will hear of a failure.
    runView().catch(() => undefined)
    setLive({ ...noTrace, state: 'running' })
    const query = queryOf(wanted)
    replaceRoute(hrefOf(['trace'], query))
    running.current = client.trace({ ...wanted, language }, (event) => {
      setLive((before) => withEvent(before, event))
      if (event.kind !== 'done') return
      replaceRoute(hrefOf(['trace'], { ...query, run: event.run }))
      void queries.invalidateQueries({ queryKey: ['runs'] })
    })
  }
  const begin = useEffectEvent((query: URLSearchParams) => {
    const wanted = wantedOf(fieldsOf(query), session.live)
    if (wanted) start(wanted)
  })
  const { query } = route
  useEffect(() => {
    if (query.get('start') === '1') begin(query)
  }, [query])
  const run = live.state === 'running' ? null : route.query.get('run')
  return (
    <>
      <h1 className="hidden">{web.trace.title}</h1>
      <TraceForm
        query={route.query}
        running={live.state === 'running'}
        onStart={start}
        onCancel={() => running.current?.cancel()}
      />
      <LiveView live={live} />
      {run === null ? null : (
        <Suspense fallback={<Waiting />}>
          <RunView key={run} id={run} />
        </Suspense>
      )}
      {run === null && live.state === 'idle' ? <p className="intro">{web.trace.intro}</p> : null}
    </>
  )
}
