import { useEffect, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { RunningTrace } from '../../client/client.ts'
import { useConnection } from '../../client/client-context.ts'
import type { TraceRequest } from '../../../src/server/contract/trace.ts'
import { RunView } from '../../run/run-view.tsx'
import type { PageProps } from '../../shell/pages.ts'
import { hrefOf, replaceRoute } from '../../shell/route.ts'
import { useWords } from '../../shell/words.ts'
import { noTrace, withEvent, type LiveTrace } from './live-trace.ts'
import { LiveView } from './live-view.tsx'
import { TraceForm } from './trace-form.tsx'
import './trace.css'

/** Chooses two ends, runs the trace, and shows the run. The address holds the ends and the run, so that a reload does. */
export function TracePage({ route }: PageProps) {
  const { client } = useConnection()
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

  const start = (wanted: Omit<TraceRequest, 'language'>): void => {
    running.current?.leave()
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
      {run === null ? null : <RunView key={run} id={run} />}
      {run === null && live.state === 'idle' ? <p className="intro">{web.trace.intro}</p> : null}
    </>
  )
}

const queryOf = ({ from, to, protocol, port, count, send }: Omit<TraceRequest, 'language'>) => ({
  from,
  to,
  protocol,
  ...(port === undefined ? {} : { port: String(port) }),
  ...(count === 1 ? {} : { count: String(count) }),
  ...(send ? {} : { predict: '1' }),
})
