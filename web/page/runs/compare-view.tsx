import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { cleanAll } from '../../../src/edge/clean.ts'
import { differencesOf, type RunDifference } from '../../../src/report/difference.ts'
import { place } from '../../../src/report/place.ts'
import type { RunResult } from '../../../src/model/result/result.ts'
import { useConnection } from '../../client/client-context.ts'
import { Notice } from '../../component/notice.tsx'
import { Waiting } from '../../component/waiting.tsx'
import { Moment } from '../../run/run-view.tsx'
import { hrefOf } from '../../shell/route.ts'
import { Verbatim } from '../../component/verbatim.tsx'
import { useWords } from '../../shell/words.ts'

/** Two runs side by side: only what is not the same in both. */
export function CompareView({ first, second }: { readonly first: string; readonly second: string }) {
  const { client } = useConnection()
  const { web } = useWords()
  const one = useQuery({ queryKey: ['run', first], queryFn: ({ signal }) => client.run(first, signal) })
  const other = useQuery({ queryKey: ['run', second], queryFn: ({ signal }) => client.run(second, signal) })
  const error = one.error ?? other.error
  if (error)
    return (
      <Notice kind="error" title={web.trace.runGone}>
        {error.message}
      </Notice>
    )
  if (!one.data || !other.data) return <Waiting />
  return (
    <section className="card">
      <div className="runs-head">
        <h1>{web.runs.comparing}</h1>
        <a className="button" href={hrefOf(['runs', second], { with: first })}>
          ⇄ {web.runs.swap}
        </a>
      </div>
      <Differences
        first={{ id: first, result: one.data.result }}
        second={{ id: second, result: other.data.result }}
      />
    </section>
  )
}

interface Side {
  readonly id: string
  readonly result: RunResult
}

function Differences({ first, second }: { readonly first: Side; readonly second: Side }) {
  const { all, web } = useWords()
  const words = web.runs
  const found = useMemo(
    () => differencesOf(cleanAll(first.result), cleanAll(second.result)),
    [first.result, second.result],
  )
  // Of one flow its name stands once, above; only several need it at each difference.
  const flows = [...new Set(found.flatMap(({ flow }) => flow ?? []))]
  const head = (title: string, { id, result }: Side) => (
    <th scope="col">
      {title}:{' '}
      <a href={hrefOf(['runs', id])}>
        <Moment iso={result.startedAt} />
      </a>
    </th>
  )
  return (
    <>
      <p role="status">{found.length === 0 ? words.same : words.changes(found.length)}</p>
      {flows.length === 1 ? <p className="quiet">{flows[0]}</p> : null}
      <div className="scroll" tabIndex={0} role="region" aria-label={words.comparing}>
        <table className="compare stacked">
          <thead>
            <tr>
              <td />
              {head(words.before, first)}
              {head(words.after, second)}
            </tr>
          </thead>
          <tbody>
            {found.map((one, i) => (
              <tr key={i}>
                <th scope="row">
                  {words.parts[one.part]}
                  {one.direction === null ? '' : `, ${words.directions[one.direction]}`}
                  {one.at === null ? null : <div>{place(one.at, all.report)}</div>}
                  {one.flow === null || one.part === 'flow' || flows.length === 1 ? null : (
                    <div className="quiet">{one.flow}</div>
                  )}
                </th>
                <Cell label={words.before} lines={one.before} others={one.after} />
                <Cell label={words.after} lines={one.after} others={one.before} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** Lines that the other side lacks are marked by a bar and a sign, the others stand quietly around them. */
function Cell({
  label,
  lines,
  others,
}: {
  readonly label: string
  readonly lines: RunDifference['before']
  readonly others: RunDifference['before']
}) {
  const { web } = useWords()
  if (lines.length === 0)
    return (
      <td className="quiet" data-label={label}>
        {web.runs.nothing}
      </td>
    )
  return (
    <td data-label={label}>
      {lines.map((line, i) => (
        <div key={i} className={others.includes(line) ? 'same' : 'other'}>
          <code>
            <Verbatim text={line} />
          </code>
        </div>
      ))}
    </td>
  )
}
