import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { RunSummary } from '../../../src/server/contract/run.ts'
import { clean } from '../../../src/edge/clean.ts'
import { podName } from '../../../src/report/place.ts'
import { useConnection } from '../../client/client-context.ts'
import { Notice } from '../../component/notice.tsx'
import { Waiting } from '../../component/waiting.tsx'
import { Moment, RunView } from '../../run/run-view.tsx'
import type { PageProps } from '../../shell/page-props.ts'
import { hrefOf } from '../../shell/route.ts'
import { useWords } from '../../shell/words.ts'
import { CompareView } from './compare-view.tsx'
import './runs.css'

/** `#/runs`: the list; `#/runs/ID`: one of them; `#/runs/ID?with=ID`: what differs between two. */
export function RunsPage({ route }: PageProps) {
  const { web } = useWords()
  const [id] = route.path
  const other = route.query.get('with')
  if (id === undefined) return <RunList />
  return (
    <>
      <p>
        <a href={hrefOf(['runs'])}>← {web.runs.back}</a>
      </p>
      {other === null ? <RunView key={id} id={id} /> : <CompareView first={id} second={other} />}
    </>
  )
}

function RunList() {
  const { client } = useConnection()
  const { all, web } = useWords()
  const words = web.runs
  const asked = useQuery({
    queryKey: ['runs'],
    queryFn: ({ signal }) => client.runs(signal),
    refetchInterval: 10_000,
  })
  const [chosen, setChosen] = useState<readonly string[]>([])
  if (asked.error)
    return (
      <Notice kind="error" title={web.trace.runGone}>
        {asked.error.message}
      </Notice>
    )
  if (!asked.data) return <Waiting />
  const { runs, directory } = asked.data
  const toggle = (id: string): void => {
    setChosen((now) => (now.includes(id) ? now.filter((one) => one !== id) : [...now, id].slice(-2)))
  }
  // The earlier of the two first, whatever was clicked first.
  const [later, earlier] = runs.filter(({ id }) => chosen.includes(id)).map(({ id }) => id)
  return (
    <section className="card" aria-labelledby="runs-title">
      <div className="runs-head">
        <h1 id="runs-title">{words.title}</h1>
        {earlier !== undefined && later !== undefined ? (
          <a className="button primary" href={hrefOf(['runs', earlier], { with: later })}>
            {words.compare}
          </a>
        ) : (
          <span className="quiet">{runs.length > 1 ? words.chooseTwo : ''}</span>
        )}
      </div>
      {runs.length === 0 ? (
        <p>{words.none}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
          <table className="runs stacked">
            <thead>
              <tr>
                <td />
                <th scope="col">{words.started}</th>
                <th scope="col">{words.flow}</th>
                <th scope="col">{words.verdict}</th>
                <th scope="col">{words.findings}</th>
                <th scope="col">{words.statements}</th>
                <th scope="col">{words.source}</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <tr key={run.id} className={chosen.includes(run.id) ? 'chosen' : undefined}>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`${words.choose}: ${run.startedAt}`}
                      checked={chosen.includes(run.id)}
                      onChange={() => {
                        toggle(run.id)
                      }}
                    />
                  </td>
                  <th scope="row">
                    <a href={hrefOf(['runs', run.id])}>
                      <Moment iso={run.startedAt} />
                    </a>
                  </th>
                  <td>
                    <Flows run={run} />
                  </td>
                  <td>
                    <Verdict run={run} text={all.report.verdict[run.verdict]} />
                  </td>
                  <td data-label={run.errors === 0 ? undefined : words.findings}>
                    {run.errors === 0 ? '' : <strong className="bad">{run.errors}</strong>}
                  </td>
                  <td>
                    {run.statements.all === 0 ? '' : words.passed(run.statements.passed, run.statements.all)}
                  </td>
                  <td>{clean(run.source)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {directory === null ? null : (
        <p className="quiet">
          {words.keptIn} <code>{directory}</code>
        </p>
      )}
    </section>
  )
}

function Flows({ run }: { readonly run: RunSummary }) {
  const { web } = useWords()
  const more = run.flowCount - run.flows.length
  return (
    <ul className="plain">
      {run.flows.slice(0, 2).map(({ from, to, protocol }, i) => (
        <li key={i}>
          {podName(clean(from))} → {podName(clean(to))} <span className="quiet">{protocol}</span>
        </li>
      ))}
      {more + Math.max(0, run.flows.length - 2) > 0 ? (
        <li className="quiet">{web.runs.moreFlows(more + Math.max(0, run.flows.length - 2))}</li>
      ) : null}
    </ul>
  )
}

function Verdict({ run, text }: { readonly run: RunSummary; readonly text: string }) {
  const { web } = useWords()
  const look = run.verdict === 'delivered' ? 'good' : run.verdict === 'unknown' ? 'doubt' : 'bad'
  const sign = run.verdict === 'delivered' ? '✓' : run.verdict === 'unknown' ? '?' : '✗'
  return (
    <>
      <span className={look}>
        <span aria-hidden="true">{sign}</span> {text}
      </span>
      {run.sent ? null : <span className="quiet"> ({web.runs.prediction})</span>}
    </>
  )
}
