import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { NodeView } from '../../../src/model/view/cluster-view.ts'
import { SmallNode } from './small-node.tsx'

/** Pixels: every small card is as high, so that the place of each is known without drawing it (cluster.css has the same). */
const rowHeight = 148
const leastWidth = 250
const gap = 10
/** Rows beyond the edge of the window that are drawn as well: a fast scroll must not show holes. */
const beyond = 3

export interface SmallGridProps {
  readonly nodes: readonly NodeView[]
  readonly hits: ReadonlySet<string> | null
  readonly onOpen: (node: NodeView) => void
}

/** Hundreds of nodes: only those near the window are in the document. */
export function SmallGrid({ nodes, hits, onOpen }: SmallGridProps) {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(1200)
  const [range, setRange] = useState({ first: 0, last: 12 })
  const columns = Math.max(1, Math.floor((width + gap) / (leastWidth + gap)))
  const rows = Math.ceil(nodes.length / columns)

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(entry.contentRect.width)
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
    }
  }, [])

  useEffect(() => {
    let asked = 0
    const look = (): void => {
      asked = 0
      const top = box.current?.getBoundingClientRect().top ?? 0
      const first = Math.max(0, Math.floor(-top / rowHeight) - beyond)
      const last = Math.ceil((window.innerHeight - top) / rowHeight) + beyond
      setRange((before) => (before.first === first && before.last === last ? before : { first, last }))
    }
    const onScroll = (): void => {
      if (asked === 0) asked = requestAnimationFrame(look)
    }
    look()
    window.addEventListener('scroll', onScroll, { passive: true })
    window.addEventListener('resize', onScroll)
    return () => {
      cancelAnimationFrame(asked)
      window.removeEventListener('scroll', onScroll)
      window.removeEventListener('resize', onScroll)
    }
  }, [rows])

  const first = Math.min(range.first, Math.max(0, rows - 1))
  const shown = nodes.slice(first * columns, Math.min(range.last, rows) * columns)
  return (
    <div ref={box} className="small-grid" style={{ height: `${rows * rowHeight}px` }}>
      <div
        className="small-window"
        style={{
          transform: `translateY(${first * rowHeight}px)`,
          gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
        }}
      >
        {shown.map((node) => (
          <SmallNode key={node.name} node={node} hits={hits} onOpen={onOpen} />
        ))}
      </div>
    </div>
  )
}
