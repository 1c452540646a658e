import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import { drawFigure, svgOf } from '../../src/report/svg/svg.ts'
import type { PlayStep } from '../../src/report/play.ts'
import type { Figure as FigureData } from '../../src/report/svg/figure.ts'
import { figureStyle } from '../../src/report/svg/style.ts'
import { useTheme } from '../shell/preferences.ts'
import { useWords } from '../shell/words.ts'

/** Milliseconds that the packet takes from one place to the next. */
const flight = 700

const reduced = window.matchMedia('(prefers-reduced-motion: reduce)')

/** The same drawing as in files, with the place where the packet is, and the packet on its way there. */
export function Figure(props: {
  readonly figure: FigureData
  readonly step: PlayStep | undefined
  readonly onPick: (strip: number, station: number) => void
}) {
  const { figure, step, onPick } = props
  const { all } = useWords()
  const theme = useTheme()
  const holder = useRef<HTMLDivElement>(null)
  useFigureStyle(theme)
  const text = useMemo(() => svgOf([drawFigure(figure, all, 'page')], null), [figure, all])

  useLayoutEffect(() => {
    const element = holder.current
    if (!element) return
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement
    element.replaceChildren(document.importNode(parsed, true))
  }, [text])

  useEffect(() => {
    const element = holder.current
    if (!element || !step) return
    return mark(element, step)
  }, [step, text])

  return (
    // The stations can be chosen with the keyboard in the list of steps.
    <div
      className="figure"
      ref={holder}
      tabIndex={0}
      role="region"
      aria-label={all.figure.figureScrolls}
      onClick={(event) => {
        const station = (event.target as Element).closest('[data-station]')
        const strip = station?.closest('[data-strip]')
        if (!station || !strip) return
        onPick(Number(strip.getAttribute('data-strip')), Number(station.getAttribute('data-station')))
      }}
    />
  )
}

/** A constructed sheet: the page's policy allows no style sheets inside documents. */
function useFigureStyle(theme: 'light' | 'dark'): void {
  useEffect(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(figureStyle(theme))
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
    }
  }, [theme])
}

/** Marks where the packet is and lets it come there; returns what takes the marks away. */
function mark(element: HTMLElement, step: PlayStep): () => void {
  const strip = element.querySelector(`[data-strip="${step.strip}"]`)
  const station = strip?.querySelector(`[data-station="${step.station}"]`)
  const leg =
    step.leg === null
      ? null
      : strip?.querySelector(`[data-leg="${step.leg}"][data-direction="${step.direction}"]`)
  station?.classList.add('now')
  leg?.classList.add('now')
  if (station) reveal(element, station)
  const line = leg?.querySelector('line')
  const packet = line && strip ? sendAlong(strip, line, step.direction) : null
  return () => {
    station?.classList.remove('now')
    leg?.classList.remove('now')
    packet?.remove()
  }
}

/** Wide figures scroll: what is spoken of comes in sight, without moving the page. */
function reveal(element: HTMLElement, station: Element): void {
  const box = station.getBoundingClientRect()
  const frame = element.getBoundingClientRect()
  const middle = box.left + box.width / 2 - (frame.left + frame.width / 2)
  if (box.left < frame.left || box.right > frame.right)
    element.scrollBy({ left: middle, behavior: reduced.matches ? 'auto' : 'smooth' })
}

function sendAlong(strip: Element, line: SVGLineElement, direction: PlayStep['direction']): SVGElement {
  const packet = document.createElementNS('http://www.w3.org/2000/svg', 'circle')
  const at = (name: 'x1' | 'y1' | 'x2' | 'y2'): number => line[name].baseVal.value
  packet.setAttribute('class', `packet ${direction}`)
  packet.setAttribute('cx', String(at('x2')))
  packet.setAttribute('cy', String(at('y2')))
  packet.setAttribute('r', '7')
  strip.append(packet)
  if (!reduced.matches)
    packet.animate(
      [
        { transform: `translate(${at('x1') - at('x2')}px, ${at('y1') - at('y2')}px)` },
        { transform: 'translate(0, 0)' },
      ],
      { duration: flight, easing: 'ease-in-out' },
    )
  return packet
}
