import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Check, RunResult } from '../model/result/result.ts'
import { clean } from '../edge/clean.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown/report.ts'
import { renderTerminal } from './terminal/report.ts'
import { columns, shorten, wrap } from './terminal/text-width.ts'
import { node1, snatLine, tutorialRun } from './tutorial-run.contract.ts'

const check = (state: Check['state']): Check => ({
  id: 'pod-to-internet.4',
  statement: 'In the NAT table AWS-SNAT-CHAIN decides',
  state,
  reason: state === 'passed' ? '' : 'AWS-SNAT-CHAIN-0 holds no rule',
  at: state === 'passed' ? null : `node/${node1}`,
  evidence: [{ kind: 'line', at: `node/${node1}`, source: 'iptables-save', line: snatLine }],
})
const run = tutorialRun([], [check('passed')])
const plain = { language: 'en', width: 80, colour: 0, unicode: true } as const

const hostileText = '\u001b[2J\u009b31m\u202e</td>|`<script>`\r\n@all "x" & ]]>\u0000'
const hostile: RunResult = {
  ...run,
  source: { kind: 'cluster', name: hostileText },
  experiments: run.experiments.map((one) => ({
    ...one,
    title: hostileText,
    checks: [{ ...check('failed'), statement: hostileText, reason: hostileText }],
  })),
  traces: run.traces.map((trace) => ({
    ...trace,
    from: { ...trace.from, name: hostileText },
    to: { ...trace.to, name: hostileText },
  })),
  findings: [
    {
      code: 'NAT_COUNT',
      severity: 'error',
      at: hostileText,
      by: hostileText,
      message: hostileText,
      remedy: hostileText,
      evidence: [{ kind: 'note', text: hostileText }],
    },
  ],
}

describe('the terminal report', () => {
  test('draws the way to the internet with each rewriting where it happens', () => {
    const text = renderTerminal(run, plain)
    expect(text.slice(text.indexOf('━━ Pod to the internet'))).toMatchInlineSnapshot(`
      "━━ Pod to the internet ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 1 of 1 hold

        ✓ ping 192.168.1.239 → www.google.com (198.51.100.10)
          1 of 1 answered · rtt 423 µs · ttl 54 · as predicted
        ╭──────────────────────────────────────────────────────────────────────────╮
        │ pod  netshoot-pod-79b47d6c48-4xk2p                         192.168.1.239 │
        ╰──┬─ eth0 ────────────────────────────────────────────────────────────────╯
           │  ↓ 192.168.1.239 → 198.51.100.10   ttl 64
           │  ↑ 198.51.100.10 → 192.168.1.239   ttl 54    +17 µs
        ╭──┴─ eni211a53c4e3b ──────────────────────────────────────────────────────╮
        │ node  ip-192-168-1-138.ap-northeast-2.compute.internal                   │
        │ SNAT  192.168.1.239 ⇒ 192.168.1.138                                      │
        │       -A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m │
        │       addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138      │
        │       --random-fully                                                     │
        ╰──┬─ eth0 ────────────────────────────────────────────────────────────────╯
           │  ↓ 192.168.1.138 → 198.51.100.10   ttl 63    +31 µs
           │  ↑ 198.51.100.10 → 192.168.1.138   ttl 55   +371 µs
        ╭──┴───────────────────────────────────────────────────────────────────────╮
        │ VPC router  vpc-0d1e2f3a4b5c6d7e8                               inferred │
        ╰──┬───────────────────────────────────────────────────────────────────────╯
           │  ↓ 192.168.1.138 → 198.51.100.10   ttl 63
           │  ↑ 198.51.100.10 → 192.168.1.138   ttl 55
        ╭──┴───────────────────────────────────────────────────────────────────────╮
        │ internet gateway  igw-0a9b8c7d6e5f40312                         inferred │
        │ SNAT  192.168.1.138 ⇒ 203.0.113.38                                       │
        │       PrivateIpAddress 192.168.1.138 Association PublicIp 203.0.113.38   │
        ╰──┬───────────────────────────────────────────────────────────────────────╯
           │  ↓ 203.0.113.38  → 198.51.100.10   ttl 63
           │  ↑ 198.51.100.10 → 203.0.113.38    ttl 55
        ╭──┴───────────────────────────────────────────────────────────────────────╮
        │ internet  www.google.com                                        inferred │
        ╰──────────────────────────────────────────────────────────────────────────╯

        ✓ 4  In the NAT table AWS-SNAT-CHAIN decides
             node ip-192-168-1-138
               iptables-save  -A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment
                              "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT
                              --to-source 192.168.1.138 --random-fully

      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
        ✓ DELIVERED  every packet arrived and took the path it should · Statements of
                     the tutorial: 1 of 1 hold
          captures  /tmp/podpath-lab.pcapng
      "
    `)
  })

  test.each([80, 100, 120, 160])('keeps within %i columns, in both languages', (width) => {
    for (const language of ['en', 'ko'] as const) {
      const lines = renderTerminal(run, { ...plain, language, width }).split('\n')
      expect(lines.filter((line) => columns(line) > width)).toEqual([])
    }
  })

  test('boxes are closed at the same column, also where Hangul is two columns wide', () => {
    const edges = renderTerminal(run, { ...plain, language: 'ko' })
      .split('\n')
      .filter((line) => /[╮╯]$|│$/.test(line) && /[╭╰]|│ .* │$/.test(line))
    expect(new Set(edges.map(columns)).size).toBe(1)
  })

  test('a file’s path stays in one piece, so that it can be copied', () => {
    const captureFile = `/home/somebody/.local/share/podpath/runs/${'2026-11-30T111241.086Z-'.repeat(3)}/capture.pcapng`
    const lines = renderTerminal({ ...run, captureFile, bundle: `${captureFile}/bundle` }, plain).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([`    captures  ${captureFile}`, `    bundle    ${captureFile}/bundle`]),
    )
  })

  test('without colour there is no escape, with colour the same text', () => {
    const coloured = renderTerminal(run, { ...plain, colour: 2 })
    expect(coloured.replace(/\u001b\[[0-9;]*m/g, '')).toBe(renderTerminal(run, plain))
  })

  test('without Unicode an English report is ASCII alone', () => {
    expect(renderTerminal(run, { ...plain, unicode: false })).toMatch(/^[\n\u0020-\u007e]*$/)
  })

  test('a packet that is lost is drawn to where it ended', () => {
    const trace = run.traces[0]!
    const observed = trace.observed!
    const lost = {
      ...trace,
      observed: {
        ...observed,
        verdict: 'dropped' as const,
        replyVerdict: null,
        forward: observed.forward.slice(0, 2),
        reply: [],
      },
    }
    expect(renderTerminal({ ...run, traces: [lost, ...run.traces.slice(1)] }, plain)).toContain(
      '✗ the packet ended here',
    )
  })
})

describe('text from outside', () => {
  test('reaches no terminal as a control', () => {
    expect(renderTerminal(hostile, plain)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })
  test('makes no HTML, no mention and no cell in Markdown', () => {
    const text = renderMarkdown(hostile, 'en')
    // Code spans may hold anything: they are shown as they are.
    const outside = text.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '')
    expect(outside).not.toMatch(/<script|<\/td|@all/)
    for (const table of text.split('\n\n').filter((part) => part.startsWith('|'))) {
      const cells = table.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length)
      expect(new Set(cells).size).toBe(1)
    }
  })
  test('stays data in JSON, and is printed without a control', () => {
    const text = renderJson(hostile)
    expect(JSON.parse(text)).toEqual(hostile)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })
  test('makes no element in JUnit', () => {
    const text = renderJunit(hostile, 'en')
    expect(text).not.toContain('<script')
    expect(text.match(/<testcase /g)).toHaveLength(hostile.traces.length + 3)
    expect(text).toContain('failures="')
  })
  property.prop([fc.string({ unit: 'binary' })])(
    'is on one line after cleaning, and cleaning twice changes nothing',
    (text) => {
      const once = clean(text)
      expect(once).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
      expect(clean(once)).toBe(once)
    },
  )
})

describe('text in columns', () => {
  const word = fc.stringMatching(/^[a-z파드노]{1,30}$/)
  property.prop([fc.array(word, { minLength: 1 }), fc.integer({ min: 8, max: 60 })])(
    'wrapping keeps every character and the width',
    (text, width) => {
      const lines = wrap(text.join(' '), width)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.join(''))
      expect(lines.filter((line) => columns(line) > width)).toEqual([])
    },
  )
  property.prop([word, fc.integer({ min: 5, max: 40 })])('shortening keeps the width', (text, width) => {
    expect(columns(shorten(text, width))).toBeLessThanOrEqual(width)
  })
})

test('the keys of the JSON result stand in the order of the contract', () => {
  const said = JSON.parse(renderJson(run)) as { traces: object[] }
  expect(Object.keys(said).slice(0, 5)).toEqual(['version', 'source', 'verdict', 'traces', 'findings'])
  expect(Object.keys(said.traces[0]!).slice(0, 7)).toEqual([
    'from',
    'to',
    'probe',
    'predicted',
    'observed',
    'translations',
    'agrees',
  ])
})
