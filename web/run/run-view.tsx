import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { RunResult } from '../../src/model/result/result.ts'
import { cleanAll } from '../../src/edge/clean.ts'
import { place } from '../../src/report/place.ts'
import { verdictMeaning } from '../../src/report/summary.ts'
import { factsOf, flowName } from '../../src/report/svg/svg.ts'
import { figureOfTrace, figuresOf, type Figure } from '../../src/report/svg/figure.ts'
import { useConnection } from '../client/client-context.ts'
import { Notice } from '../component/notice.tsx'
import { Waiting } from '../component/waiting.tsx'
import { useWords } from '../shell/words.ts'
import { Downloads } from './downloads.tsx'
import { Findings } from './findings.tsx'
import { PacketTable } from './packet-table.tsx'
import { Play } from './play.tsx'
import { Statements } from './statements.tsx'
import { alongPath, Ways, waysOf } from './paths.tsx'
import './run.css'

/** A run by its name: verdict, figure and play, findings, packets. The same for what was just traced and what was kept. */
export function RunView({ id }: { readonly id: string }) {
  const { client } = useConnection()
  const { web } = useWords()
  const asked = useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => client.run(id, signal),
    staleTime: Infinity,
  })
  if (asked.error)
    return (
      <Notice kind="error" title={web.trace.runGone}>
        {asked.error.message}
      </Notice>
    )
  return asked.data ? (
    <Run id={id} result={asked.data.result} octets={asked.data.captureOctets} />
  ) : (
    <Waiting />
  )
}

function Run(props: { readonly id: string; readonly result: RunResult; readonly octets: number | null }) {
  const { id, octets } = props
  const { all, web } = useWords()
  const { report } = all
  const run = useMemo(() => cleanAll(props.result), [props.result])
  const figures = useMemo(() => everyFigure(run), [run])
  const [chosen, setChosen] = useState(0)
  const figure = figures[chosen] ?? figures[0]
  const look = run.verdict === 'delivered' ? 'good' : run.verdict === 'unknown' ? 'doubt' : 'bad'
  const sign = run.verdict === 'delivered' ? '✓' : run.verdict === 'unknown' ? '?' : '✗'
  return (
    <article className="run" aria-label={run.source.name}>
      <header className="card summary">
        <div>
          <p className="headline">
            <strong className={`verdict ${look}`}>
              <span aria-hidden="true">{sign}</span> {report.verdict[run.verdict]}
            </strong>{' '}
            {verdictMeaning(run, report)}
          </p>
          {figures.length === 1 && figure ? (
            <p className="quiet">
              {flowName(figure.trace)} · {factsOf(figure.trace, all)}
            </p>
          ) : null}
          <p className="quiet">
            {report.source(run.source.kind, run.source.name)} · <Moment iso={run.startedAt} /> ·{' '}
            {report.duration} {(run.durationMs / 1000).toFixed(1)} s
          </p>
        </div>
        <Downloads id={id} hasCapture={octets !== null} />
      </header>
      <Findings findings={run.findings} />
      {figures.length > 1 ? (
        <label className="field flow-choice">
          <span>{web.trace.play.flow}</span>
          <select
            value={chosen}
            onChange={(event) => {
              setChosen(Number(event.target.value))
            }}
          >
            {figures.map((one, i) => (
              <option key={i} value={i}>
                {nameOf(one, report.experiments)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {figure ? <Flow key={chosen} run={run} figure={figure} /> : null}
      {figure?.experiment && figure.experiment.checks.length > 0 ? (
        <Statements checks={figure.experiment.checks} />
      ) : null}
      {octets === null ? (
        <p className="quiet">{web.trace.packets.nothingCaptured}</p>
      ) : (
        <PacketTable id={id} />
      )}
      {run.gaps.length === 0 ? null : (
        <details className="card">
          <summary>
            {report.gaps} ({run.gaps.length})
          </summary>
          <ul className="plain">
            {run.gaps.slice(0, 200).map((gap, i) => (
              <li key={i}>
                {place(gap.at, report)}: {report.gap(gap.what, gap.because)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </article>
  )
}

/** A flow as a play; where chance decides, the reader says which way is drawn. */
function Flow({ run, figure }: { readonly run: RunResult; readonly figure: Figure }) {
  const { trace } = figure
  const ways = useMemo(() => waysOf(trace), [trace])
  const [chosen, setChosen] = useState(0)
  const drawn = useMemo(() => {
    const way = ways[chosen]
    if (!way || chosen === 0) return figure
    return figureOfTrace(alongPath(run, trace, way), run.traces.indexOf(trace)) ?? figure
  }, [run, figure, trace, ways, chosen])
  return (
    <>
      {ways.length > 1 ? (
        <Ways ways={ways} more={trace.alternativesLeftOut?.ways ?? 0} chosen={chosen} onChoose={setChosen} />
      ) : null}
      <Play key={chosen} figure={drawn} />
    </>
  )
}

/** The flows that experiments tell come first, then every other. */
function everyFigure(run: RunResult): readonly Figure[] {
  const told = figuresOf(run)
  const shown = new Set(told.map(({ trace }) => trace))
  const others = run.traces.flatMap((trace, i) => (shown.has(trace) ? [] : (figureOfTrace(run, i) ?? [])))
  return [...told, ...others]
}

const nameOf = (figure: Figure, experiments: Readonly<Record<string, string>>): string =>
  figure.experiment
    ? `${experiments[figure.experiment.id] ?? ''}: ${flowName(figure.trace)}`
    : flowName(figure.trace)

/** A time by the reader's own clock. */
export function Moment({ iso }: { readonly iso: string }) {
  const { language } = useWords()
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return <span>{iso}</span>
  const text = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(date)
  return (
    <time dateTime={iso} title={iso}>
      {text}
    </time>
  )
}
