import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'

/** Taller elements are cut by browsers (Firefox: 17.9 million pixels); beyond that scrolling is scaled. */
const tallest = 10_000_000
const overscan = 8

/**
 * A list of which only the rows in sight exist, each of one height. However many there are, the browser lays out a
 * screenful.
 */
export function VirtualRows(props: {
  readonly count: number
  /** Pixels. */
  readonly rowHeight: number
  /** Called when other rows come in sight. */
  readonly onRange: (from: number, to: number) => void
  readonly row: (index: number) => ReactNode
  readonly label: string
  /** The row that must be in sight. */
  readonly reveal: number | null
}) {
  const { count, rowHeight, onRange, reveal } = props
  const outer = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(400)
  const [top, setTop] = useState(0)
  const full = count * rowHeight
  const drawn = Math.min(full, tallest)
  const scale = drawn > height ? (full - height) / (drawn - height) : 1
  const offset = top * scale
  const from = Math.max(0, Math.floor(offset / rowHeight) - overscan)
  const to = Math.min(count, Math.ceil((offset + height) / rowHeight) + overscan)

  useLayoutEffect(() => {
    const element = outer.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      setHeight(element.clientHeight)
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
    }
  }, [])
  useEffect(() => {
    onRange(from, to)
  }, [from, to, onRange])
  useLayoutEffect(() => {
    const element = outer.current
    if (!element || reveal === null) return
    const at = reveal * rowHeight
    const now = element.scrollTop * scale
    if (at < now) element.scrollTop = at / scale
    else if (at + rowHeight > now + element.clientHeight)
      element.scrollTop = (at + rowHeight - element.clientHeight) / scale
  }, [reveal, rowHeight, scale])

  return (
    <div
      className="virtual"
      ref={outer}
      role="rowgroup"
      aria-label={props.label}
      onScroll={(event) => {
        setTop(event.currentTarget.scrollTop)
      }}
    >
      <div className="virtual-all" style={{ height: drawn }}>
        <div
          className="virtual-seen"
          style={{ transform: `translateY(${top - (offset - from * rowHeight)}px)` }}
        >
          {Array.from({ length: Math.max(0, to - from) }, (_, i) => props.row(from + i))}
        </div>
      </div>
    </div>
  )
}
