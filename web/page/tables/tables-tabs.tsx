import { useId, useMemo, useState, type KeyboardEvent } from 'react'
import type { ChainView, TablesView } from '../../../src/model/view/tables-view.ts'
import type { Lighting, LinePlace } from '../../../src/report/lit-lines.ts'
import { useWords } from '../../shell/words.ts'
import { ChainCard } from './chain-card.tsx'
import { inOrder } from './chain-order.ts'
import { LineRow } from './line-row.tsx'
import { isChosen, litAt, none, type Chosen } from './chosen.ts'

export const tabNames = ['rules', 'routes', 'iptables', 'nft'] as const
export type TabName = (typeof tabNames)[number]

export interface TablesTabsProps {
  readonly tables: TablesView
  readonly lit: Lighting | null
  readonly tab: TabName
  readonly chosen: Chosen | null
  readonly onTab: (tab: TabName) => void
  readonly onChoose: (chosen: Chosen) => void
}

/** The four kinds of tables; the arrow keys go from tab to tab (WAI-ARIA, tabs pattern). */
export function TablesTabs(props: TablesTabsProps) {
  const words = useWords().web.tables
  const { tables, tab, onTab } = props
  const id = useId()
  const [filter, setFilter] = useState('')
  const counts: Readonly<Record<TabName, number | null>> = {
    rules: tables.rules?.length ?? null,
    routes: tables.routes.reduce((sum, table) => sum + table.routes.length, 0),
    iptables: tables.iptables === null ? null : rulesIn(tables.iptables.flatMap((one) => one.chains)),
    nft: tables.nft === null ? null : rulesIn(tables.nft.flatMap((one) => one.chains)),
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = tabNames[(tabNames.indexOf(tab) + step + tabNames.length) % tabNames.length]
    if (next === undefined) return
    onTab(next)
    document.getElementById(`${id}-${next}`)?.focus()
  }
  const wanted = filter.trim().toLowerCase()
  const shows = (line: string): boolean => wanted === '' || line.toLowerCase().includes(wanted)
  return (
    <>
      <div className="tabs-bar">
        <div role="tablist" aria-label={tables.stack} className="tabs" onKeyDown={onKey}>
          {tabNames.map((name) => (
            <button
              key={name}
              id={`${id}-${name}`}
              type="button"
              role="tab"
              aria-selected={name === tab}
              aria-controls={`${id}-panel`}
              tabIndex={name === tab ? 0 : -1}
              onClick={() => {
                onTab(name)
              }}
            >
              {words.tabs[name]} <span className="count">{counts[name] ?? '?'}</span>
            </button>
          ))}
        </div>
        <label className="filter">
          <span className="hidden">{words.filter}</span>
          <input
            type="search"
            value={filter}
            placeholder={words.filter}
            onChange={(event) => {
              setFilter(event.target.value)
            }}
          />
        </label>
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`} className="tab-panel">
        {tab === 'rules' ? (
          <Rules {...props} shows={shows} />
        ) : tab === 'routes' ? (
          <Routes {...props} shows={shows} />
        ) : (
          <Chains {...props} tool={tab} shows={shows} />
        )}
      </div>
    </>
  )
}

const rulesIn = (chains: readonly ChainView[]): number =>
  chains.reduce((sum, chain) => sum + chain.rules.length, 0)

interface Shown extends TablesTabsProps {
  readonly shows: (line: string) => boolean
}

function Rules({ tables, lit, chosen, onChoose, shows }: Shown) {
  const words = useWords().web.tables
  if (tables.rules === null) return <p className="quiet">{words.notRead}</p>
  const place: LinePlace = { kind: 'rule' }
  return (
    <div className="line-list">
      {tables.rules
        .filter((rule) => shows(rule.line))
        .map((rule, index) => (
          <LineRow
            key={`${index} ${rule.line}`}
            line={rule.line}
            lit={rule.family === 4 ? litAt(lit, place, rule.line) : none}
            chosen={isChosen(chosen, place, rule.line)}
            onChoose={() => {
              onChoose({ place, line: rule.line })
            }}
          />
        ))}
    </div>
  )
}

function Routes({ tables, lit, chosen, onChoose, shows }: Shown) {
  const words = useWords().web.tables
  return tables.routes.map((table) => {
    const place: LinePlace = { kind: 'route', table: table.name }
    const rules = (tables.rules ?? []).filter(
      (rule) => rule.table === table.name && rule.family === table.family,
    )
    const routes = table.routes.filter(shows)
    if (routes.length === 0) return null
    return (
      <section key={`${table.family} ${table.name}`} className="card chain-card">
        <h3>
          {words.routeTable(table.name)} {table.family === 6 ? <span className="badge">IPv6</span> : null}
        </h3>
        {rules.length === 0 ? null : (
          <p className="quiet chain-note">
            {words.lookedUpBy}: {rules.length > 4 ? rules.length : rules.map((rule) => rule.line).join(' · ')}
          </p>
        )}
        <div className="line-list">
          {routes.slice(0, 500).map((line, index) => (
            <LineRow
              key={`${index} ${line}`}
              line={line}
              lit={litAt(lit, place, line)}
              chosen={isChosen(chosen, place, line)}
              onChoose={() => {
                onChoose({ place, line })
              }}
            />
          ))}
        </div>
      </section>
    )
  })
}

function Chains({
  tables,
  lit,
  chosen,
  onChoose,
  shows,
  tool,
}: Shown & { readonly tool: 'iptables' | 'nft' }) {
  const words = useWords().web.tables
  const all = useMemo(
    () =>
      tool === 'iptables'
        ? (tables.iptables ?? []).map((one) => ({
            name: one.table,
            label: `${one.table}${one.family === 6 ? ' IPv6' : ''}${one.backend === 'nft' && (tables.iptables ?? []).some((other) => other.backend === 'legacy') ? ' (nft)' : ''}`,
            four: one.family === 4,
            chains: one.chains,
          }))
        : (tables.nft ?? []).map((one) => ({
            name: `${one.family} ${one.table}`,
            label: `${one.family} ${one.table}`,
            four: true,
            chains: one.chains,
          })),
    [tables, tool],
  )
  const [picked, setPicked] = useState<string | null>(null)
  const [explained, setExplained] = useState(true)
  const wanted = chosen?.place.kind === 'chain' && chosen.place.tool === tool ? chosen.place.table : null
  const [followed, setFollowed] = useState<Chosen | null>(null)
  // A line that was chosen elsewhere opens its table, once: after that the reader may go on.
  if (chosen !== followed) {
    setFollowed(chosen)
    if (wanted !== null) setPicked(all.find((one) => one.name === wanted && one.four)?.label ?? null)
  }
  const shown = all.find(({ label }) => label === picked) ?? all[0]
  if ((tool === 'iptables' ? tables.iptables : tables.nft) === null)
    return <p className="quiet">{words.notRead}</p>
  if (!shown) return <p className="quiet">{words.noTables}</p>
  return (
    <>
      <div className="table-choice" role="group" aria-label={words.tabs[tool]}>
        {all.map(({ label, chains }) => (
          <button
            key={label}
            type="button"
            aria-pressed={label === shown.label}
            onClick={() => {
              setPicked(label)
            }}
          >
            {label} <span className="count">{rulesIn(chains)}</span>
          </button>
        ))}
        {tool === 'iptables' ? (
          <label className="check">
            <input
              type="checkbox"
              checked={explained}
              onChange={(event) => {
                setExplained(event.target.checked)
              }}
            />{' '}
            {words.explain}
          </label>
        ) : null}
      </div>
      {tool === 'iptables' && shown.name === 'nat' && explained && shown.four ? (
        <ol className="nat-story">
          {words.natStory.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ol>
      ) : null}
      {inOrder(shown.chains).map((chain) => (
        <ChainCard
          key={`${shown.label} ${chain.name}`}
          chain={chain}
          place={{ kind: 'chain', tool, table: shown.name, chain: chain.name }}
          callers={shown.chains.filter((other) =>
            other.rules.some((rule) => rule.leadsTo.includes(chain.name)),
          )}
          explained={explained && tool === 'iptables'}
          lit={shown.four ? lit : null}
          chosen={chosen}
          shows={shows}
          onChoose={onChoose}
        />
      ))}
    </>
  )
}
