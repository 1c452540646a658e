import { effectSentence } from '../../../src/i18n/effects.ts'
import type { FlowReply } from '../../../src/model/view/tables-view.ts'
import { placeText, type Lighting } from '../../../src/report/lit-lines.ts'
import { Verbatim } from '../../component/verbatim.tsx'
import { useWords } from '../../shell/words.ts'
import { markShape } from './line-row.tsx'
import { isChosen, type Chosen } from './chosen.ts'

/** The lines that mattered, in order: what one engineer would tell another. */
export function PathPanel(props: {
  readonly lit: Lighting
  readonly reply: FlowReply
  readonly directions: readonly ('forward' | 'reply')[]
  readonly chosen: Chosen | null
  readonly onDirection: (direction: 'forward' | 'reply') => void
  readonly onChoose: (chosen: Chosen) => void
}) {
  const { language, web } = useWords()
  const words = web.tables
  const { lit, reply, directions, chosen, onDirection, onChoose } = props
  const steps = lit.lines.filter(({ mark }) => mark !== 'no')
  return (
    <section className="card way-panel" aria-label={words.pathHere}>
      <h2>{words.pathHere}</h2>
      <p>
        <span className="mono">{reply.from.replace(/^pod\//, '')}</span> →{' '}
        <span className="mono">{reply.to}</span>{' '}
        <span className={`badge ${looks[reply.path.verdict]}`}>{words.verdict[reply.path.verdict]}</span>
      </p>
      {reply.ways > 1 ? (
        <p className="quiet">{words.oneOfPaths(`${Math.round(reply.probability * 100)} %`, reply.ways)}</p>
      ) : null}
      {directions.length < 2 ? null : (
        <div className="table-choice" role="group" aria-label={words.pathHere}>
          {directions.map((direction) => (
            <button
              key={direction}
              type="button"
              aria-pressed={direction === lit.direction}
              onClick={() => {
                onDirection(direction)
              }}
            >
              {words.direction[direction]}
            </button>
          ))}
        </div>
      )}
      {lit.lines.length === 0 ? (
        <p className="quiet">{words.notHere}</p>
      ) : (
        <ol className="way-steps">
          {steps.map((step) => (
            <li key={`${step.number ?? 0} ${step.line}`} className={`is-${step.mark}`}>
              <button
                type="button"
                aria-pressed={isChosen(chosen, step.place, step.line)}
                onClick={() => {
                  onChoose({ place: step.place, line: step.line })
                }}
              >
                <span className="way-number">
                  <span aria-hidden="true">{markShape[step.mark]}</span> {step.number}
                </span>
                <span className="way-text">
                  <span className="quiet">{placeText(step.place)}</span>
                  <span className="mono way-line">
                    <Verbatim text={step.line} />
                  </span>
                  {step.effect === null ? null : (
                    <span className="way-effect">{effectSentence(language, step.effect)}</span>
                  )}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

const looks = { delivered: 'good', dropped: 'bad', unknown: 'doubt' } as const
