import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { Path } from '../../model/path/path.ts'
import type { Check, RunResult, TraceResult } from '../../model/result/result.ts'
import { renderHtml } from '../html/report.ts'
import { renderSvg, renderSvgs } from './svg.ts'
import {
  node1,
  pod1,
  podToInternetTrace,
  podToPodTrace,
  pod3,
  tutorialRun,
} from '../tutorial-run.contract.ts'

const check = (id: string, state: Check['state'] = 'passed'): Check => ({
  id,
  statement: `statement ${id}`,
  state,
  reason: state === 'passed' ? '' : 'nothing was seen',
  at: null,
  evidence: [
    { kind: 'line', at: `node/${node1}`, source: 'ip route', line: 'default via 192.168.1.1 dev eth0' },
  ],
})

const run = tutorialRun(
  ['1', '2', '3', '4', '4a', '5', '6', '7'].map((number) => check(`pod-to-pod.${number}`)),
  ['1', '2', '3', '4', '5', '6'].map((number) => check(`pod-to-internet.${number}`)),
)

const flowOf = (trace: TraceResult, rest: Partial<RunResult> = {}): RunResult => ({
  ...run,
  traces: [trace],
  experiments: [],
  ...rest,
})

/** Tags that open and close in turn, and no character that would have to be escaped: what XML 1.0 asks of our subset. */
function expectWellFormed(xml: string): void {
  const open: string[] = []
  const tag = /<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>|<\?xml [^>]*\?>|<!doctype html>/g
  const text = xml.replace(tag, (_, end: string | undefined, name: string | undefined, __, empty: string) => {
    if (name === undefined || empty === '/' || (name === 'meta' && end === '')) return ''
    if (end === '/') expect(open.pop()).toBe(name)
    else open.push(name)
    return ''
  })
  expect(open).toEqual([])
  expect(text).not.toMatch(
    /[<\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&(?!(?:amp|lt|gt|quot|#39);)/,
  )
}

/** The text of a figure in the order of the drawing. */
const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '')

const broken = (change: (path: Path) => Path): TraceResult => {
  const trace = podToPodTrace(pod1, pod3)
  return { ...trace, observed: change(trace.observed!), agrees: false }
}

const lost = broken((path) => ({
  ...path,
  verdict: 'dropped',
  replyVerdict: null,
  stoppedAt: `node/${node1}`,
  forward: path.forward.slice(0, 2).map((hop, i) => (i === 1 ? { ...hop, out: null, packetOut: null } : hop)),
  reply: [],
}))

describe('the figure of a flow', () => {
  it('is the same text for the same result', () => {
    expect(renderSvg(run, { language: 'en' })).toBe(renderSvg(structuredClone(run), { language: 'en' }))
  })

  it('tells of every place, packet and rule of a flow to the internet', () => {
    expect(textsOf(renderSvg(flowOf(podToInternetTrace()), { language: 'en' }))).toMatchSnapshot()
  })

  it('is drawn as it was looked at', () => {
    expect(renderSvg(flowOf(podToPodTrace(pod1, pod3)), { language: 'en', theme: 'light' })).toMatchSnapshot()
  })

  it.each(['en', 'ko'] as const)(
    'has a file for each experiment, well-formed and numbered, in %s',
    (language) => {
      const files = renderSvgs(run, { language })
      expect(files.map(({ name }) => name)).toEqual(['pod-to-pod', 'pod-to-internet'])
      files.forEach(({ text }, i) => {
        expectWellFormed(text)
        for (const number of ['1', '2', '3', '4', '5', '6', ...(i === 0 ? ['7'] : [])])
          expect(textsOf(text).filter((one) => one === number).length).toBeGreaterThanOrEqual(2)
      })
    },
  )

  it('marks the place where a packet was lost, and goes on with what was predicted, in dots', () => {
    const finding = {
      code: 'PACKET_LOST',
      severity: 'error',
      at: `node/${node1}`,
      by: '-A FORWARD -j DROP',
      message: 'lost',
      remedy: 'remove the rule',
      evidence: [],
    } as const
    const svg = renderSvg(flowOf(lost, { findings: [finding] }), { language: 'en' })
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['✗', '✗ the packet ended here', '-A FORWARD -j DROP']),
    )
    expect(svg.match(/pp-guilty-edge"/g)).toHaveLength(1)
    expect(svg).toMatch(/pp-request pp-predicted"/)
    expect(renderSvg(flowOf(podToPodTrace(pod1, pod3)), { language: 'en' })).not.toMatch(
      /pp-guilty-edge"|pp-predicted"/,
    )
  })

  it('marks the cause, and with a smaller mark where the packet died of it', () => {
    const far = lost.predicted?.forward.findLast(({ stack }) => stack.startsWith('node/'))?.stack ?? ''
    const finding = {
      code: 'POD_ROUTE_MISSING',
      severity: 'error',
      at: far,
      by: null,
      message: 'missing',
      remedy: 'add it',
      evidence: [],
    } as const
    const svg = renderSvg(flowOf(lost, { findings: [finding] }), { language: 'en' })
    expect(far).not.toBe(`node/${node1}`)
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['✗ here it goes wrong', '✗ the packet ended here']))
    expect(svg.match(/class="pp-mark-disc"/g)).toHaveLength(1)
    expect(svg.match(/class="pp-mark-ring"/g)).toHaveLength(1)
    expectWellFormed(svg)
  })

  it('draws the predicted way apart where the packet took another', () => {
    const elsewhere = broken((path) => ({
      ...path,
      forward: path.forward.map((hop, i) => (i === 2 ? { ...hop, stack: 'vpc/vpc-other' } : hop)),
    }))
    expect(textsOf(renderSvg(flowOf(elsewhere), { language: 'en' }))).toContain('Predicted, but not taken')
  })

  it('says which address was predicted where another was seen', () => {
    const other = broken((path) => ({
      ...path,
      forward: path.forward.map((hop, i) =>
        i === 1 && hop.packetOut ? { ...hop, packetOut: { ...hop.packetOut, src: '192.168.1.77' } } : hop,
      ),
    }))
    expect(textsOf(renderSvg(flowOf(other), { language: 'en' }))).toEqual(
      expect.arrayContaining(['192.168.1.77', '(predicted', '192.168.1.239)']),
    )
  })

  it('stays of bounded size when a packet runs in circles', () => {
    const loop = broken((path) => ({
      ...path,
      verdict: 'unknown',
      replyVerdict: null,
      reply: [],
      forward: Array.from({ length: 200 }, (_, i) => path.forward[1 + (i % 3)]!),
    }))
    const svg = renderSvg(flowOf(loop), { language: 'en' })
    expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(5000)
    expect(textsOf(svg).some((text) => /… \d+ more places …/.test(text))).toBe(true)
  })

  it('is as wide as the theme and the language before it', () => {
    const width = (language: 'en' | 'ko', theme: 'light' | 'dark' | 'auto'): string | undefined =>
      / width="(\d+)"/.exec(renderSvg(run, { language, theme }))?.[1]
    expect(new Set([width('en', 'light'), width('en', 'dark'), width('ko', 'auto')]).size).toBe(1)
  })

  it('refuses a flow that the run does not have', () => {
    expect(() => renderSvg(run, { language: 'en', trace: 99 })).toThrow(RangeError)
  })
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '<img src=x onerror=alert(1)>',
    ']]></style><script>alert(1)</script>',
    '"onload="x',
    '&#0;',
    'a'.repeat(9000),
  ),
)

describe('names that want to be markup', () => {
  property.prop([hostile, hostile], { numRuns: 60 })('stay text', (name, line) => {
    const trace = podToPodTrace({ ...pod1, name }, { ...pod3, name: line })
    const bad: RunResult = {
      ...flowOf({
        ...trace,
        translations: [{ at: `node/${node1}`, kind: 'SNAT', from: name, to: line, by: line }],
      }),
      source: { kind: 'cluster', name },
      gaps: [{ at: name, what: line, because: name }],
      findings: [
        {
          code: name,
          severity: 'error',
          at: name,
          by: line,
          message: name,
          remedy: line,
          evidence: [{ kind: 'note', text: line }],
        },
      ],
    }
    for (const text of [renderSvg(bad, { language: 'ko' }), renderHtml(bad, 'en')]) {
      expectWellFormed(text)
      expect(text).not.toMatch(/<(?:script|img|a|foreignObject|image|use)[ >]/i)
    }
  })
})

describe('the page', () => {
  it.each(['en', 'ko'] as const)('needs nothing from anywhere and runs nothing, in %s', (language) => {
    const html = renderHtml(run, language)
    expectWellFormed(html)
    expect(html).toContain("default-src 'none'")
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|url\(|src=|href=|@import|<script| on[a-z]+=/,
    )
  })

  it('has a table of every place at which the packet was captured, and of no other', () => {
    const html = renderHtml(flowOf(podToInternetTrace()), 'en')
    const table = /<table class="captures">.*?<\/table>/s.exec(html)?.[0] ?? ''
    const rows = [...table.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
      [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) =>
        cell.replaceAll(/<[^>]*>/g, ''),
      ),
    )
    expect(rows.length).toBeGreaterThan(4)
    expect(rows[0]).toEqual([
      '',
      'Time',
      'Where',
      'Interface',
      'Direction',
      'Addresses',
      'TTL',
      'Octets',
      'What it is',
    ])
    expect(rows[1]?.slice(0, 6)).toEqual([
      'Request',
      '+0 µs',
      'pod netshoot-pod-79b47d6c48-4xk2p',
      'eth0',
      'out',
      '192.168.1.239 → 198.51.100.10',
    ])
    // The VPC and the internet gateway: nobody can capture there.
    expect(table).not.toMatch(/VPC|gateway|internet/)
  })

  it('opens the evidence of what does not hold, and of nothing else', () => {
    const html = renderHtml(tutorialRun([check('pod-to-pod.1'), check('pod-to-pod.2', 'failed')], []), 'en')
    expect(html.match(/<details open="">/g)).toHaveLength(1)
    expect(html).toContain('nothing was seen')
  })
})
