import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { capturePlace } from './capture-place.ts'
import { useConnection } from '../client/client-context.ts'
import { Notice } from '../component/notice.tsx'
import { VirtualRows } from '../component/virtual-rows.tsx'
import type { PacketDetail, PacketRow } from '../packet/packet-index.ts'
import { Packets } from '../packet/packets.ts'
import { useWords } from '../shell/words.ts'
import { PacketLayers } from './packet-layers.tsx'

const rowHeight = 28

interface Opened {
  readonly packets: Packets
  readonly count: number
  readonly noted: number
  readonly problem: string | null
}

/** Every captured packet of a run. A worker holds them; here are only those in sight. */
export function PacketTable({ id }: { readonly id: string }) {
  const { client } = useConnection()
  const { web } = useWords()
  const words = web.trace.packets
  const [opened, setOpened] = useState<Opened | null>(null)
  const [failure, setFailure] = useState<string | null>(null)

  useEffect(() => {
    const end = new AbortController()
    const packets = new Packets()
    const open = async (): Promise<void> => {
      const octets = await client.capture(id, end.signal)
      const { count, noted, problem } = await packets.open(octets)
      if (!end.signal.aborted) setOpened({ packets, count, noted, problem })
    }
    open().catch((error: unknown) => {
      if (!end.signal.aborted) setFailure(error instanceof Error ? error.message : String(error))
    })
    return () => {
      end.abort()
      packets.close()
    }
  }, [client, id])

  return (
    <section className="card packets" aria-label={words.title}>
      <h2>{words.title}</h2>
      {failure === null ? null : (
        <Notice kind="error" title={web.trace.runGone}>
          {failure}
        </Notice>
      )}
      {opened ? (
        <Table {...opened} />
      ) : failure === null ? (
        <p className="quiet reading">{words.reading}</p>
      ) : null}
    </section>
  )
}

function Table({ packets, count, noted, problem }: Opened) {
  const { web } = useWords()
  const words = web.trace.packets
  const [filter, setFilter] = useState('')
  const [notedOnly, setNotedOnly] = useState(noted > 0)
  /** Rows that the filter leaves; null until it was asked. */
  const [found, setFound] = useState<{ readonly count: number; readonly version: number } | null>(null)
  const [rows, setRows] = useState<ReadonlyMap<number, PacketRow>>(new Map())
  const [chosen, setChosen] = useState<number | null>(null)
  const [detail, setDetail] = useState<PacketDetail | null>(null)
  const range = useRef({ from: 0, to: 40 })

  const fetchRows = useCallback(async (): Promise<void> => {
    const { from, to } = range.current
    const answer = await packets.rows(from, to - from)
    setRows(new Map(answer.rows.map((row, i) => [answer.from + i, row])))
  }, [packets])

  useEffect(() => {
    let stale = false
    const timer = window.setTimeout(() => {
      void packets.find(filter.toLowerCase().split(/\s+/).filter(Boolean), notedOnly).then(async (answer) => {
        if (stale) return
        setFound((before) => ({ count: answer.count, version: (before?.version ?? 0) + 1 }))
        setChosen(null)
        await fetchRows()
      })
    }, 150)
    return () => {
      stale = true
      window.clearTimeout(timer)
    }
  }, [packets, filter, notedOnly, fetchRows])

  const onRange = useCallback(
    (from: number, to: number) => {
      range.current = { from, to }
      void fetchRows()
    },
    [fetchRows],
  )
  const number = chosen === null ? null : (rows.get(chosen)?.number ?? null)
  useEffect(() => {
    if (number === null) return
    let stale = false
    void packets.detail(number).then((answer) => {
      if (!stale) setDetail(answer.detail)
    })
    return () => {
      stale = true
    }
  }, [packets, number])

  const shown = found?.count ?? 0
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key]
    if (by === undefined || shown === 0) return
    event.preventDefault()
    setChosen((now) => Math.max(0, Math.min(shown - 1, now === null ? 0 : now + by)))
  }
  return (
    <>
      <div className="packet-tools">
        <label className="field">
          <span>{words.filter}</span>
          <input
            type="search"
            placeholder={words.filterExample}
            value={filter}
            onChange={(event) => {
              setFilter(event.target.value)
            }}
          />
        </label>
        {noted > 0 ? (
          <label className="check">
            <input
              type="checkbox"
              checked={notedOnly}
              onChange={(event) => {
                setNotedOnly(event.target.checked)
              }}
            />
            {words.probeOnly}
          </label>
        ) : null}
        <span className="quiet" role="status">
          {shown === count ? words.count(count) : words.found(shown, count)}
        </span>
      </div>
      {problem === null ? null : <Notice kind="warning" title={problem} />}
      <div className="packet-grid">
        <div
          className="packet-list"
          role="grid"
          aria-label={words.title}
          aria-rowcount={shown + 1}
          tabIndex={0}
          aria-activedescendant={chosen === null ? undefined : `packet-${chosen}`}
          onKeyDown={onKeyDown}
        >
          <div role="rowgroup">
            <div role="row" className="packet-row head">
              <span role="columnheader">{words.number}</span>
              <span role="columnheader">{words.time}</span>
              <span role="columnheader">{words.place}</span>
              <span role="columnheader">{words.source}</span>
              <span role="columnheader">{words.destination}</span>
              <span role="columnheader">{words.protocol}</span>
              <span role="columnheader">{words.length}</span>
              <span role="columnheader">{words.info}</span>
            </div>
          </div>
          <VirtualRows
            label={words.title}
            count={shown}
            rowHeight={rowHeight}
            reveal={chosen}
            onRange={onRange}
            row={(index) => (
              <Row
                key={index}
                index={index}
                row={rows.get(index)}
                chosen={index === chosen}
                onChoose={() => {
                  setChosen(index)
                }}
              />
            )}
          />
          {found && shown === 0 ? <p className="quiet">{words.none}</p> : null}
        </div>
        {detail && number !== null ? (
          <PacketLayers detail={detail} />
        ) : (
          <p className="quiet choose">{words.choose}</p>
        )}
      </div>
    </>
  )
}

function Row(props: {
  readonly index: number
  readonly row: PacketRow | undefined
  readonly chosen: boolean
  readonly onChoose: () => void
}) {
  const { index, row, chosen, onChoose } = props
  return (
    <div
      id={`packet-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      className={row && row.comment !== '' ? 'packet-row noted' : 'packet-row'}
      onClick={onChoose}
    >
      <span role="gridcell">{row ? row.number + 1 : ''}</span>
      <span role="gridcell">{row ? (row.time / 1e6).toFixed(3) : ''}</span>
      <span role="gridcell" title={row?.point}>
        {row ? capturePlace(row.point) : ''}
      </span>
      <span role="gridcell">{row?.source}</span>
      <span role="gridcell">{row?.destination}</span>
      <span role="gridcell">{row?.protocol}</span>
      <span role="gridcell">{row?.length}</span>
      <span role="gridcell" title={row?.info}>
        {row?.info}
      </span>
    </div>
  )
}
