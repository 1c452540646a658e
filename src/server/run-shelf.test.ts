import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunToKeep } from '../runs/kept-runs.ts'
import type { RunResult } from '../model/result/result.ts'
import { tutorialRun } from '../report/tutorial-run.contract.ts'
import { RunShelf } from './run-shelf.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-shelf-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const silent = (): void => undefined
const at = (startedAt: string): RunResult => ({ ...tutorialRun([], []), startedAt })
const toKeep = (result: RunResult, capture: Uint8Array | null = Uint8Array.of(10, 13)): RunToKeep => ({
  result,
  capture,
  bundle: {
    index: { version: 1, created: '2026-01-01T00:00:00Z', source: 'test', stacks: [], wires: [] },
    files: new Map(),
  },
})

describe('the shelf', () => {
  test('gives a run back as it was kept, with its capture as a file', async () => {
    const shelf = new RunShelf(directory)
    const id = await shelf.keep(toKeep(at('2026-01-01T00:00:01.000Z')), silent)
    expect(await shelf.run(id)).toMatchObject({ id, captureOctets: 2, result: { version: 1 } })
    const capture = await shelf.capture(id)
    const path = capture && 'path' in capture.content ? capture.content.path : ''
    expect([...readFileSync(path)]).toEqual([10, 13])
  })

  test('lists what other podpaths kept too, and predictions, the newest first', async () => {
    await new RunShelf(directory).keep(toKeep(at('2026-01-01T00:00:01.000Z')), silent)
    const shelf = new RunShelf(directory)
    await shelf.keep(toKeep(at('2026-01-01T00:00:03.000Z')), silent)
    const predicted = shelf.rememberPrediction(at('2026-01-01T00:00:02.000Z'))
    expect((await shelf.list()).map(({ startedAt }) => startedAt.slice(17, 19))).toEqual(['03', '02', '01'])
    expect((await shelf.run(predicted))?.captureOctets).toBeNull()
  })

  test('a summary counts statements, errors and flows', async () => {
    const shelf = new RunShelf(null)
    const [trace] = at('').traces
    if (!trace) throw new Error('the tutorial has flows')
    const check = { id: 'pod-to-pod.1', statement: '', reason: '', at: null, evidence: [] } as const
    const finding = { code: 'X', at: '', by: null, message: '', remedy: '', evidence: [] } as const
    shelf.rememberPrediction({
      ...at('2026-01-01T00:00:01.000Z'),
      traces: [trace, trace, trace, trace, trace],
      experiments: [
        {
          id: 'pod-to-pod',
          title: '',
          traces: [0],
          checks: [
            { ...check, state: 'passed' },
            { ...check, state: 'failed' },
          ],
        },
      ],
      findings: [
        { ...finding, severity: 'error' },
        { ...finding, severity: 'info' },
      ],
    })
    const [summary] = await shelf.list()
    expect(summary).toMatchObject({ errors: 1, flowCount: 5, statements: { passed: 1, all: 2 }, sent: true })
    expect(summary?.flows).toHaveLength(4)
  })

  test('where nothing can be kept a run is remembered, and why is told', async () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    const shelf = new RunShelf(join(file, 'runs'))
    const warnings: string[] = []
    const id = await shelf.keep(toKeep(at('2026-01-01T00:00:01.000Z')), (text) => warnings.push(text))
    expect(warnings.join()).toContain(join(file, 'runs'))
    expect(await shelf.run(id)).toMatchObject({ captureOctets: 2 })
    expect((await shelf.capture(id))?.content).toEqual({ bytes: Uint8Array.of(10, 13) })
  })

  test('remembers fifty predictions', async () => {
    const shelf = new RunShelf(null)
    const ids = Array.from({ length: 52 }, (_, n) =>
      shelf.rememberPrediction(at(new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString())),
    )
    expect(await shelf.list()).toHaveLength(50)
    expect(await shelf.run(ids[0] ?? '')).toBeNull()
    expect(await shelf.run(ids[51] ?? '')).not.toBeNull()
  })
})

describe('a result file that is not ours', () => {
  test.each([
    { because: 'no JSON', text: '<html>' },
    { because: 'another version', text: JSON.stringify({ ...at('2026-01-01T00:00:01.000Z'), version: 2 }) },
    { because: 'a verdict that nobody gives', text: JSON.stringify({ ...at('x'), verdict: '<img>' }) },
    { because: 'traces that are no list', text: JSON.stringify({ ...at('x'), traces: {} }) },
    { because: 'nothing', text: '' },
  ])('is neither listed nor shown: $because', async ({ text }) => {
    const id = '2026-01-01T000001.000Z'
    mkdirSync(join(directory, id))
    writeFileSync(join(directory, id, 'result.json'), text)
    const shelf = new RunShelf(directory)
    expect(await shelf.list()).toEqual([])
    expect(await shelf.run(id)).toBeNull()
  })

  test('a result keeps what was said of near misses', async () => {
    const [trace] = at('').traces
    if (!trace) throw new Error('the tutorial has flows')
    const whyNot = [
      {
        direction: 'forward',
        hop: 0,
        at: 'pod/default/web',
        stage: 'route',
        by: 'default via 169.254.1.1',
        instead: [
          {
            place: 'main',
            by: '10.0.0.0/8 dev eth1',
            lacks: [{ code: 'destination', facts: { want: '10.0.0.0/8', got: '8.8.8.8', not: false } }],
            because: 'its destination 8.8.8.8 is not in 10.0.0.0/8',
          },
        ],
      },
    ] as const
    const shelf = new RunShelf(directory)
    const id = await shelf.keep(
      toKeep({ ...at('2026-01-01T00:00:01.000Z'), traces: [{ ...trace, whyNot }] }),
      silent,
    )
    expect((await shelf.run(id))?.result.traces[0]?.whyNot).toEqual(whyNot)
  })
})
