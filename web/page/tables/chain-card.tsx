import { useState } from 'react'
import type { ChainView } from '../../../src/model/view/tables-view.ts'
import type { Lighting, LinePlace } from '../../../src/report/lit-lines.ts'
import { useWords } from '../../shell/words.ts'
import { LineRow } from './line-row.tsx'
import { isChosen, litAt, type Chosen } from './chosen.ts'

export interface ChainCardProps {
  readonly chain: ChainView
  readonly place: Extract<LinePlace, { readonly kind: 'chain' }>
  /** The chains that lead here. */
  readonly callers: readonly ChainView[]
  readonly explained: boolean
  readonly lit: Lighting | null
  readonly chosen: Chosen | null
  readonly shows: (line: string) => boolean
  readonly onChoose: (chosen: Chosen) => void
}

/** Rules of one chain that are drawn at first: kube-proxy's KUBE-SERVICES may have thousands. */
const mostAtFirst = 200

/** A chain: what it is for, its rules with counters, and what happens when none decides. */
export function ChainCard(props: ChainCardProps) {
  const words = useWords().web.tables
  const [all, setAll] = useState(false)
  const { chain, place, callers, explained, lit, chosen, shows, onChoose } = props
  const rules = chain.rules.filter((rule) => shows(rule.line))
  const named = shows(chain.name)
  if (rules.length === 0 && !(named && chain.rules.length === 0)) return null
  const kept = all
    ? rules
    : rules.filter(
        (rule, index) =>
          index < mostAtFirst || litAt(lit, place, rule.line).some(({ mark }) => mark !== 'no'),
      )
  const why = explained ? words.chain(place.table, chain.name) : null
  const policy = litAt(lit, place, chain.line)
  return (
    <section className={`card chain-card${chain.hook === null ? ' user' : ''}`} aria-label={chain.name}>
      <h3>
        <span className="mono">{chain.name}</span>
        {chain.hook === null ? (
          callers.length === 0 ? null : (
            <span className="quiet chain-from">
              {words.calledFrom}{' '}
              {callers
                .slice(0, 4)
                .map(({ name }) => name)
                .join(', ')}
              {callers.length > 4 ? ` +${callers.length - 4}` : ''}
            </span>
          )
        ) : (
          <span className="badge">{words.hook(chain.hook)}</span>
        )}
      </h3>
      {why === null ? null : <p className="chain-note">{why}</p>}
      {chain.rules.length === 0 && policy.length === 0 ? (
        <p className="quiet empty">{words.emptyChain}</p>
      ) : null}
      <div className="line-list">
        {kept.map((rule, index) => (
          <LineRow
            key={`${index} ${rule.line}`}
            line={rule.line}
            counter={rule.counter}
            lit={litAt(lit, place, rule.line)}
            chosen={isChosen(chosen, place, rule.line)}
            onChoose={() => {
              onChoose({ place, line: rule.line })
            }}
          />
        ))}
        {kept.length < rules.length ? (
          <button
            type="button"
            className="small"
            onClick={() => {
              setAll(true)
            }}
          >
            {words.showAll(rules.length)}
          </button>
        ) : null}
        {chain.policy === null || chain.hook === null ? null : (
          <LineRow
            line={words.policy(chain.policy)}
            counter={chain.counter}
            lit={policy}
            chosen={isChosen(chosen, place, chain.line)}
            onChoose={() => {
              onChoose({ place, line: chain.line })
            }}
          />
        )}
      </div>
    </section>
  )
}
