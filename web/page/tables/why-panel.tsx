import { mismatchSentence } from '../../../src/i18n/catalogue.ts'
import { effectSentence } from '../../../src/i18n/effects.ts'
import type { TablesView } from '../../../src/model/view/tables-view.ts'
import type { Chosen } from './chosen.ts'
import { placeText, type Lighting, type LitLine } from '../../../src/report/lit-lines.ts'
import { whyDark, type WhyDark } from '../../../src/report/why-dark.ts'
import { Verbatim } from '../../component/verbatim.tsx'
import { useWords } from '../../shell/words.ts'

/** Why the chosen line decided, or why not. */
export function WhyPanel(props: {
  readonly tables: TablesView
  readonly lit: Lighting
  readonly chosen: Chosen | null
  readonly onChoose: (chosen: Chosen) => void
  readonly onClose: () => void
}) {
  const words = useWords().web.tables
  const { tables, lit, chosen, onChoose, onClose } = props
  return (
    <section
      className={`card why${chosen === null ? '' : ' chosen'}`}
      aria-label={words.whyNot}
      aria-live="polite"
    >
      <WhyHead onClose={chosen === null ? null : onClose} />
      {chosen === null ? (
        <p className="quiet">{words.askForWhy}</p>
      ) : (
        <>
          <p className="why-line">
            <span className="quiet">{placeText(chosen.place)}</span>
            <br />
            <code>
              <Verbatim text={chosen.line} />
            </code>
          </p>
          <Why why={whyDark(tables, lit, chosen.place, chosen.line)} onChoose={onChoose} />
        </>
      )}
    </section>
  )
}

/** Where there is no room beside the tables the panel lies over their foot, and can be put away. */
export function WhyHead({ onClose }: { readonly onClose: (() => void) | null }) {
  const { web } = useWords()
  return (
    <div className="why-head">
      <h2>{web.tables.whyNot}</h2>
      {onClose === null ? null : (
        <button type="button" className="small" aria-label={web.cluster.close} onClick={onClose}>
          ✕
        </button>
      )}
    </div>
  )
}

function Why({ why, onChoose }: { readonly why: WhyDark; readonly onChoose: (chosen: Chosen) => void }) {
  const words = useWords().web.tables
  switch (why.kind) {
    case 'asked':
      return why.times.map((time) => <Asked key={time.number ?? 0} time={time} />)
    case 'not-crossed':
      return <p>{words.notCrossed}</p>
    case 'decided-before':
    case 'ended-before':
      return (
        <>
          <p>{why.kind === 'decided-before' ? words.decidedBefore : words.endedBefore}</p>
          <LineLink chosen={{ place: why.by.place, line: why.by.line }} onChoose={onChoose} />
        </>
      )
    case 'other-hook':
      return <p>{words.otherHook(why.hook)}</p>
    case 'nat-settled':
      return <p>{words.natSettled}</p>
    case 'inert':
      return <p>{words.inert}</p>
    case 'not-entered':
      if (why.callers.length === 0) return <p>{words.neverEntered}</p>
      return (
        <>
          <p>{words.notEntered}</p>
          <ul className="why-callers">
            {why.callers.map((caller) => (
              <li key={`${placeText(caller.place)} ${caller.line}`}>
                <LineLink chosen={caller} onChoose={onChoose} />
                <Why why={caller.why} onChoose={onChoose} />
              </li>
            ))}
          </ul>
        </>
      )
  }
}

function LineLink({
  chosen,
  onChoose,
}: {
  readonly chosen: Chosen
  readonly onChoose: (chosen: Chosen) => void
}) {
  return (
    <button
      type="button"
      className="line-link"
      onClick={() => {
        onChoose({ place: chosen.place, line: chosen.line })
      }}
    >
      <span className="quiet">{placeText(chosen.place)}</span>{' '}
      <code>
        <Verbatim text={chosen.line} />
      </code>
    </button>
  )
}

function Asked({ time }: { readonly time: LitLine }) {
  const { all, language, web } = useWords()
  const words = web.tables
  if (time.mark === 'no')
    return (
      <>
        <p>{words.lacked}</p>
        <ul>
          {time.lacks.map((mismatch) => (
            <li key={mismatchSentence(all, mismatch)}>{mismatchSentence(all, mismatch)}</li>
          ))}
        </ul>
      </>
    )
  return (
    <p>
      {time.mark === 'decides' ? <strong>{words.decided}</strong> : words.matched}
      {time.effect === null ? null : (
        <>
          <br />
          {effectSentence(language, time.effect)}
        </>
      )}
    </p>
  )
}
