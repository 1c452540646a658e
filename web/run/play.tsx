import { useEffect, useMemo, useState, type KeyboardEvent } from 'react'
import { place } from '../../src/report/place.ts'
import { playOf } from '../../src/report/play.ts'
import type { Figure as FigureData } from '../../src/report/svg/figure.ts'
import { useWords } from '../shell/words.ts'
import { Figure } from './figure.tsx'
import { StepView } from './step-view.tsx'

/** Milliseconds that each step stays while it plays: long enough to read its heading. */
const stay = 2_400

/** The packet, station by station, there and back: by buttons, by arrow keys, or by itself. */
export function Play({ figure }: { readonly figure: FigureData }) {
  const { all, web } = useWords()
  const words = web.trace.play
  const steps = useMemo(() => playOf(figure), [figure])
  // A packet that was lost: its last place is what the reader came for.
  const guilty = steps.findIndex((step) => step.guilty !== null)
  const [at, setAt] = useState(Math.max(0, guilty))
  const [playing, setPlaying] = useState(false)
  const step = steps[at]
  const last = steps.length - 1

  useEffect(() => {
    if (!playing) return
    if (at >= last) {
      setPlaying(false)
      return
    }
    const timer = window.setTimeout(() => {
      setAt(at + 1)
    }, stay)
    return () => {
      window.clearTimeout(timer)
    }
  }, [playing, at, last])

  const go = (to: number): void => {
    setPlaying(false)
    setAt(Math.max(0, Math.min(last, to)))
  }
  const toggle = (): void => {
    if (!playing && at >= last) setAt(0)
    setPlaying(!playing)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      (event.target as Element).closest('input, select, summary')
    )
      return
    const onButton = (event.target as Element).closest('button') !== null
    switch (event.key) {
      case 'ArrowRight':
      case 'ArrowDown':
        go(at + 1)
        break
      case 'ArrowLeft':
      case 'ArrowUp':
        go(at - 1)
        break
      case 'Home':
        go(0)
        break
      case 'End':
        go(last)
        break
      case ' ':
        if (onButton) return
        toggle()
        break
      default:
        return
    }
    event.preventDefault()
  }
  const pick = (strip: number, station: number): void => {
    // The next step at that place, so that a second click shows the way back.
    const order = [...steps.keys()].map((i) => (at + 1 + i) % steps.length)
    const found = order.find((i) => steps[i]?.strip === strip && steps[i]?.station === station)
    if (found !== undefined) go(found)
  }
  if (!step) return <p>{all.figure.noPath}</p>
  return (
    <section className="card play" aria-label={words.title} onKeyDown={onKeyDown}>
      <Figure figure={figure} step={step} onPick={pick} />
      <div className="controls" role="group" aria-label={words.title}>
        <button
          type="button"
          onClick={() => {
            go(0)
          }}
          disabled={at === 0}
          aria-label={words.first}
          title={words.first}
        >
          |◀
        </button>
        <button
          type="button"
          onClick={() => {
            go(at - 1)
          }}
          disabled={at === 0}
          aria-label={words.back}
          title={words.back}
        >
          ◁
        </button>
        <button type="button" className="primary toggle" onClick={toggle}>
          <span aria-hidden="true">{playing ? '❙❙' : '▶'}</span> {playing ? words.pause : words.play}
        </button>
        <button
          type="button"
          onClick={() => {
            go(at + 1)
          }}
          disabled={at === last}
          aria-label={words.next}
          title={words.next}
        >
          ▶
        </button>
        <button
          type="button"
          onClick={() => {
            go(last)
          }}
          disabled={at === last}
          aria-label={words.last}
          title={words.last}
        >
          ▶|
        </button>
        <span className="position" role="status">
          {words.position(at + 1, steps.length)}
        </span>
        <span className="quiet keys">{words.keys}</span>
      </div>
      <div className="columns">
        <nav aria-label={words.steps}>
          <ol className="plain steps">
            {steps.map((one, i) => (
              <li key={i}>
                {i === 0 || steps[i - 1]?.direction !== one.direction ? (
                  <span className={`way ${one.direction}`}>{words[one.direction]}</span>
                ) : null}
                <button
                  type="button"
                  className={one.guilty ? 'guilty' : undefined}
                  aria-current={i === at ? 'step' : undefined}
                  onClick={() => {
                    go(i)
                  }}
                >
                  <span className="number">{i + 1}</span>
                  <span className="where">{place(one.stack, all.report)}</span>
                  <span className="marks">
                    {one.rewrites.length > 0 ? <span className="nat-mark">NAT</span> : null}
                    {one.guilty ? <span className="bad">✗</span> : null}
                  </span>
                </button>
              </li>
            ))}
          </ol>
        </nav>
        <StepView step={step} number={at + 1} />
      </div>
    </section>
  )
}
