import { expect, test } from 'vitest'
import type { MatrixCell, MatrixResult } from '../model/result/matrix.ts'
import { renderMarkdownMatrix } from './markdown/matrix.ts'
import { reasonLabel } from './matrix-cell.ts'
import { renderTerminalMatrix } from './terminal/matrix.ts'

const cell = (more: Partial<MatrixCell> = {}): MatrixCell => ({
  predicted: 'delivered',
  probability: 1,
  reason: null,
  diagnosis: null,
  probe: null,
  agrees: null,
  ...more,
})
const end = (name: string, address: string) => ({
  kind: 'pod' as const,
  name: `default/${name}`,
  address,
  node: 'ip-192-168-1-138.ap-northeast-2.compute.internal',
})
const lost = cell({ predicted: 'dropped', reason: 0 })
const result: MatrixResult = {
  version: 1,
  source: { kind: 'cluster', name: 'lab' },
  verdict: 'disagrees',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1200,
  protocol: 'tcp',
  port: 80,
  from: [end('web', '192.168.1.10'), end('db', '192.168.1.11')],
  to: [
    end('web', '192.168.1.10'),
    end('db', '192.168.1.11'),
    { kind: 'service', name: 'default/web:80', address: '10.100.0.9' },
  ],
  cells: [
    [null, lost, cell({ predicted: 'dropped', probability: 0.5, reason: 0 })],
    [
      cell({ probe: { outcome: 'silent' }, agrees: false }),
      null,
      cell({ probe: { outcome: 'refused' }, agrees: true }),
    ],
  ],
  reasons: [
    {
      at: 'node/ip-192-168-1-138.ap-northeast-2.compute.internal',
      verdict: 'dropped',
      ofReply: false,
      stage: 'filter',
      by: '-A FORWARD -s 192.168.1.10/32 -j DROP',
      effect: 'dropped, and its sender is not told',
    },
  ],
  diagnosis: [],
  gaps: [],
}
const terminal = (width: number, language: 'en' | 'ko' = 'en', run = result): string =>
  renderTerminalMatrix(run, { language, width, colour: 0, unicode: true })

test('senders are rows, receivers are numbered columns, and each reason stands once below', () => {
  expect(terminal(100)).toMatchInlineSnapshot(`
    "podpath  cluster lab  Who reaches whom
    tcp 80 · 2 senders × 3 receivers · 1 of 2 probes answered · 1.20 s

       From                                            1  2  3
    1  web             192.168.1.10  ip-192-168-1-138  ·  ✗a ~a
    2  db              192.168.1.11  ip-192-168-1-138  !  ·  •

       To
    3  default/web:80  10.100.0.9

    •  refused: nobody listens on the port, or a rule rejects
    ~  by chance
    ✗  not reached
    !  sent, and it went otherwise than predicted

    Why not
      a  lost at node ip-192-168-1-138 (2 pairs)
         -A FORWARD -s 192.168.1.10/32 -j DROP
         dropped, and its sender is not told

    Otherwise than predicted
      db → web: predicted to arrive, and no answer came

    DISAGREES  0 of 4 pairs reach each other, 1 refused
    "
  `)
})

test('in Korean', () => {
  expect(terminal(100, 'ko')).toContain('워커 노드 ip-192-168-1-138 위치에서 패킷이 사라짐 (2쌍)')
})

test('a matrix wider than the terminal is cut into blocks, and no line is wider', () => {
  const many = Array.from({ length: 90 }, (_, i) => end(`pod-${i}`, `192.168.1.${i}`))
  const wide: MatrixResult = {
    ...result,
    from: many,
    to: many,
    cells: many.map((_, i) => many.map((_, j) => (i === j ? null : cell()))),
    reasons: [],
  }
  const text = terminal(100, 'en', wide)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  expect(text.split('\n').filter((line) => line.includes('From')).length).toBeGreaterThan(1)
  expect(text).toContain('90')
})

test('names that are hostile stay text', () => {
  const hostile = {
    ...result,
    from: [end('\u001b[31mred<img onerror=x>|', '192.168.1.10'), end('db', '192.168.1.11')],
  }
  expect(terminal(120, 'en', hostile)).not.toContain('\u001b')
  const markdown = renderMarkdownMatrix(hostile, 'en')
  expect(markdown.replace(/`[^`\n]*`/g, '')).not.toContain('<img')
  expect(markdown).toContain('\\|')
})

test.each([
  [0, 'a'],
  [25, 'z'],
  [26, 'aa'],
  [701, 'zz'],
  [702, 'aaa'],
])('reason %i is called %s', (index, label) => {
  expect(reasonLabel(index)).toBe(label)
})

const undecided = cell({ predicted: 'unknown' })
test.each([
  {
    because: 'where nothing is decided nobody is said to reach nobody',
    cells: [
      [null, undecided, undecided],
      [undecided, null, undecided],
    ],
    en: 'none of 4 pairs is decided',
    ko: '4쌍 가운데 판단할 수 있는 쌍이 없습니다',
  },
  {
    because: 'what is not decided is counted beside what is',
    cells: [
      [null, cell(), undecided],
      [cell(), null, cell()],
    ],
    en: '3 of 4 pairs reach each other, 1 not decided',
    ko: '1쌍은 판단할 수 없음',
  },
])('the line of counts: $because', ({ cells, en, ko }) => {
  const run: MatrixResult = { ...result, verdict: 'unknown', cells, reasons: [] }
  expect(terminal(80, 'en', run)).toContain(en)
  expect(terminal(80, 'en', run)).not.toContain('0 of')
  expect(terminal(80, 'ko', run)).toContain(ko)
})
