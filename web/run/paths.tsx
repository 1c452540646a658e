import type { Path } from '../../src/model/path/path.ts'
import type { RunResult, TraceResult } from '../../src/model/result/result.ts'
import { place } from '../../src/report/place.ts'
import { useWords } from '../shell/words.ts'

/** One of the ways that chance may choose. */
export interface Way {
  readonly probability: number
  readonly predicted: Path
}

/** A service may have thousands of endpoints. */
const mostShown = 12

/** Every way of a flow that was only predicted, the likeliest first; none where chance decides nothing. */
export function waysOf({
  observed,
  predicted,
  alternatives = [],
  alternativesLeftOut: left,
}: TraceResult): readonly Way[] {
  if (observed || !predicted || alternatives.length === 0) return []
  const others = alternatives.reduce((sum, { probability }) => sum + probability, left?.probability ?? 0)
  return [{ probability: Math.max(0, 1 - others), predicted }, ...alternatives]
}

/** The run as if chance had chosen this way: what was said of the likeliest alone is left out. */
export const alongPath = (run: RunResult, trace: TraceResult, way: Way): RunResult => ({
  ...run,
  traces: run.traces.map((one) =>
    one === trace ? { ...one, predicted: way.predicted, translations: [], whyNot: [] } : one,
  ),
})

/** Which way is drawn: each with its probability and the places that it goes by. */
export function Ways(props: {
  readonly ways: readonly Way[]
  /** Ways that are only counted. */
  readonly more: number
  readonly chosen: number
  readonly onChoose: (index: number) => void
}) {
  const { language, all, web } = useWords()
  const { ways, chosen, onChoose } = props
  const count = ways.length + props.more
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  return (
    <fieldset className="card ways">
      <legend>{web.trace.play.alternatives(count)}</legend>
      {ways.slice(0, mostShown).map(({ probability, predicted }, i) => (
        <label key={i}>
          <input
            type="radio"
            name="way"
            checked={i === chosen}
            onChange={() => {
              onChoose(i)
            }}
          />
          <span className="probability">{percent.format(probability)}</span>
          <span>
            {predicted.forward.map((hop) => place(hop.stack, all.report)).join(' → ')}
            {' → '}
            <strong className={predicted.verdict === 'delivered' ? 'good' : 'bad'}>
              {all.report.pathVerdict[predicted.verdict]}
            </strong>
          </span>
        </label>
      ))}
      {count > mostShown ? <p className="quiet">{web.trace.moreSuggestions(count - mostShown)}</p> : null}
    </fieldset>
  )
}
