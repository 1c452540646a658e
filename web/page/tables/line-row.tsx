import { memo, useEffect, useRef } from 'react'
import type { Counter } from '../../../src/model/stack/ruleset.ts'
import type { LitLine, Mark } from '../../../src/report/lit-lines.ts'
import { Verbatim } from '../../component/verbatim.tsx'
import { useWords } from '../../shell/words.ts'

export interface LineRowProps {
  readonly line: string
  /** Undefined: this kind of line is never counted. */
  readonly counter?: Counter | null
  readonly lit: readonly LitLine[]
  readonly chosen: boolean
  readonly onChoose: () => void
}

/** A shape for each answer: meaning does not rest on the colour. */
export const markShape: Readonly<Record<Mark, string>> = { decides: '◆', on: '→', no: '✕' }

const weight: Readonly<Record<Mark, number>> = { decides: 2, on: 1, no: 0 }

/** What it did at its weightiest: a line may be asked twice. */
const strongest = (lit: readonly LitLine[]): Mark | null =>
  lit.reduce<Mark | null>(
    (best, one) => (best === null || weight[one.mark] > weight[best] ? one.mark : best),
    null,
  )

/** One line of a table: its place in the order in which the packet asked, its counters, itself. */
export const LineRow = memo(function LineRow({ line, counter, lit, chosen, onChoose }: LineRowProps) {
  const words = useWords().web.tables
  const row = useRef<HTMLButtonElement>(null)
  const mark = strongest(lit)
  const numbers = lit.flatMap(({ number }) => (number === null ? [] : [number]))
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <button
      ref={row}
      type="button"
      className={`line-row${mark === null ? '' : ` is-${mark}`}${counter === undefined ? ' uncounted' : ''}`}
      aria-pressed={chosen}
      onClick={onChoose}
    >
      <span className="line-order">
        {mark === null ? null : (
          <>
            <span aria-hidden="true">{markShape[mark]}</span> {numbers.join(' ')}
            <span className="hidden">{words.mark[mark]}: </span>
          </>
        )}
      </span>
      {counter === undefined ? null : (
        <span
          className="line-counter mono"
          title={
            counter
              ? `${counter.packets} ${words.packets}, ${counter.octets} ${words.octets}`
              : words.notCounted
          }
        >
          {counter ? counter.packets : '–'}
        </span>
      )}
      <span className="line-text mono">
        <Verbatim text={line} />
      </span>
      {mark === 'decides' ? <span className="decides-tag">{words.mark.decides}</span> : null}
    </button>
  )
})
