import { describe, expect, test } from 'vitest'
import type { PredictedPath } from '../forward/walk/predict.ts'
import { parseIp4 } from '../model/address/address.ts'
import type { MatrixProbe } from '../model/result/matrix.ts'
import type { Verdict } from '../model/path/path.ts'
import { matrixOf, uniqueEndpoints, type MatrixEnd } from './matrix.ts'
import { compileFabric } from '../forward/compile/fabric.ts'
import type { Predictor } from '../forward/walk/predictor.ts'

const pod = (name: string, address: string): MatrixEnd => ({
  endpoint: { kind: 'pod', name: `default/${name}`, address, node: 'n1' },
  stack: `pod/default/${name}`,
  port: null,
})
const a = pod('a', '10.0.0.1')
const b = pod('b', '10.0.0.2')
const service: MatrixEnd = {
  endpoint: { kind: 'service', name: 'default/web:80', address: '10.100.0.1' },
  stack: null,
  port: 80,
}

const way = (
  verdict: Verdict,
  probability = 1,
  replyVerdict: Verdict | null = verdict === 'delivered' ? 'delivered' : null,
  by = '-A FORWARD -j DROP',
): PredictedPath => ({
  probability,
  verdict,
  replyVerdict,
  stoppedAt: verdict === 'delivered' && replyVerdict === 'delivered' ? null : 'node/n1',
  decision:
    verdict === 'delivered' && replyVerdict === 'delivered'
      ? null
      : { stage: 'filter', by, effect: 'dropped' },
  deliveredAt: null,
  path: () => ({ verdict, replyVerdict, stoppedAt: null, forward: [], reply: [] }),
  translations: () => [],
  received: () => ({ forward: null, reply: null }),
  evaluated: () => [],
})

const predictor = (paths: readonly PredictedPath[], asked: unknown[] = []): Predictor => ({
  fabric: { stacks: [], wires: [], vpc: null } as unknown as Predictor['fabric'],
  compiled: compileFabric({ stacks: [], wires: [], vpc: null }),
  objects: null,
  gaps: [],
  characters: 100_000,
  services: [],
  has: () => true,
  predict: (flow) => {
    asked.push(flow)
    return { paths }
  },
})

const matrix = (paths: readonly PredictedPath[], probe: MatrixProbe | null = null) =>
  matrixOf({
    predictor: predictor(paths),
    source: { kind: 'cluster', name: 'c' },
    from: [a],
    to: [a, b],
    flow: { protocol: 1 },
    probe: () => probe,
    started: 0,
    progress: () => undefined,
    language: 'en',
  })

describe('one pair', () => {
  test.each([
    { because: 'both ways are open', paths: [way('delivered')], predicted: 'delivered', reason: null },
    { because: 'the request is lost', paths: [way('dropped')], predicted: 'dropped', reason: 0 },
    {
      because: 'a sender that hears nothing has reached nobody',
      paths: [way('delivered', 1, 'dropped')],
      predicted: 'dropped',
      reason: 0,
    },
    {
      because: 'one of two backends loses it',
      paths: [way('delivered', 0.5), way('dropped', 0.5)],
      predicted: 'dropped',
      reason: 0,
    },
    { because: 'a line is not understood', paths: [way('unknown')], predicted: 'unknown', reason: 0 },
  ])('$predicted, because $because', async ({ paths, predicted, reason }) => {
    const [row] = (await matrix(paths)).cells
    expect(row?.[0]).toBeNull()
    expect(row?.[1]).toMatchObject({ predicted, reason, probe: null, agrees: null })
  })

  test('the probability is that of the ways which are not open', async () => {
    const { cells } = await matrix([way('delivered', 0.75), way('dropped', 0.15), way('dropped', 0.1)])
    const cell = cells[0]?.[1]
    expect(cell?.probability).toBeCloseTo(0.25)
  })
})

describe('a probe beside the prediction', () => {
  test.each([
    { paths: [way('delivered')], outcome: 'answered', agrees: true, verdict: 'delivered' },
    { paths: [way('delivered')], outcome: 'refused', agrees: true, verdict: 'refused' },
    { paths: [way('delivered')], outcome: 'silent', agrees: false, verdict: 'disagrees' },
    { paths: [way('delivered')], outcome: 'not-sent', agrees: null, verdict: 'delivered' },
    { paths: [way('dropped')], outcome: 'silent', agrees: true, verdict: 'dropped' },
    { paths: [way('dropped')], outcome: 'answered', agrees: false, verdict: 'disagrees' },
    { paths: [way('dropped')], outcome: 'refused', agrees: false, verdict: 'disagrees' },
    {
      paths: [way('dropped', 1, null, '-A FORWARD -j REJECT --reject-with tcp-reset')],
      outcome: 'refused',
      agrees: true,
      verdict: 'dropped',
    },
    {
      paths: [way('delivered', 0.5), way('dropped', 0.5)],
      outcome: 'answered',
      agrees: true,
      verdict: 'dropped',
    },
    { paths: [way('unknown')], outcome: 'answered', agrees: null, verdict: 'delivered' },
    { paths: [way('unknown')], outcome: 'silent', agrees: null, verdict: 'dropped' },
    { paths: [way('unknown')], outcome: 'not-sent', agrees: null, verdict: 'unknown' },
  ] as const)(
    '$outcome after $paths.0.verdict: agrees $agrees, $verdict',
    async ({ paths, outcome, agrees, verdict }) => {
      const result = await matrix(paths, { outcome })
      expect(result.cells[0]?.[1]?.agrees).toBe(agrees)
      expect(result.verdict).toBe(verdict)
    },
  )
})

test('a reason that stops many pairs stands there once', async () => {
  const result = await matrixOf({
    predictor: predictor([way('dropped')]),
    source: { kind: 'cluster', name: 'c' },
    from: [a, b],
    to: [a, b, service],
    flow: { protocol: 6 },
    probe: () => null,
    started: 0,
    progress: () => undefined,
    language: 'en',
  })
  expect(result.reasons).toHaveLength(1)
  expect(result.cells.flat().filter((cell) => cell?.reason === 0)).toHaveLength(4)
})

test('a service is asked on its own port, unless another was wanted', async () => {
  const asked: unknown[] = []
  const ask = async (destinationPort?: number): Promise<void> => {
    await matrixOf({
      predictor: predictor([way('delivered')], asked),
      source: { kind: 'cluster', name: 'c' },
      from: [a],
      to: [service],
      flow: { protocol: 6, ...(destinationPort === undefined ? {} : { destinationPort }) },
      probe: () => null,
      started: 0,
      progress: () => undefined,
      language: 'en',
    })
  }
  await ask()
  await ask(8080)
  expect(asked).toEqual([
    { from: a.stack, to: parseIp4('10.100.0.1'), protocol: 6, fresh: true, destinationPort: 80 },
    { from: a.stack, to: parseIp4('10.100.0.1'), protocol: 6, fresh: true, destinationPort: 8080 },
  ])
})

test('a matrix that is interrupted ends at the next breath', async () => {
  const controller = new AbortController()
  let asked = 0
  const slow: Predictor = {
    ...predictor([way('delivered')]),
    predict: () => {
      if (++asked === 3) controller.abort(new Error('interrupted'))
      for (const until = performance.now() + 60; performance.now() < until;);
      return { paths: [way('delivered')] }
    },
  }
  const ends = Array.from({ length: 50 }, (_, i) => pod(`p${i}`, `10.0.1.${i}`))
  await expect(
    matrixOf({
      predictor: slow,
      source: { kind: 'bundle', name: 'b' },
      from: ends,
      to: ends,
      flow: { protocol: 1 },
      probe: () => null,
      started: 0,
      progress: () => undefined,
      language: 'en',
      signal: controller.signal,
    }),
  ).rejects.toThrow('interrupted')
  expect(asked).toBe(3)
})

test('each end stands there once, where it came first', () => {
  expect(uniqueEndpoints([a, b, a, service, b]).map((end) => end.endpoint.name)).toEqual([
    'default/a',
    'default/b',
    'default/web:80',
  ])
})

test('what a matrix may take together grows with the snapshot, so that a small one is never much work', async () => {
  const left: number[] = []
  const asking = (characters: number): Predictor => ({
    ...predictor([way('delivered')]),
    characters,
    predict: (_, allowance) => {
      left.push(allowance?.left ?? Infinity)
      return { paths: [way('delivered')] }
    },
  })
  for (const characters of [100_000, 30_000_000])
    await matrixOf({
      predictor: asking(characters),
      source: { kind: 'bundle', name: 'b' },
      from: [a],
      to: [b],
      flow: { protocol: 1 },
      probe: () => null,
      started: 0,
      progress: () => undefined,
      language: 'en',
    })
  const [small = 0, large = 0] = left
  // Some nine million steps are a second.
  expect(small).toBeLessThan(35_000_000)
  // 40,000 pairs on nodes of 31,000 rules that nothing indexes.
  expect(large).toBeGreaterThan(1_500_000_000)
})
