import { describe, expect, test } from 'vitest'
import type { RunResult } from '../model/result/result.ts'
import { differencesOf } from './difference.ts'
import { node1, podToInternetTrace, tutorialRun } from './tutorial-run.contract.ts'

const one: RunResult = { ...tutorialRun([], []), experiments: [], traces: [podToInternetTrace()] }

test('a run does not differ from itself, nor from the same at another time', () => {
  const later = { ...one, startedAt: '2027-01-01T00:00:00.000Z', durationMs: 5 }
  expect(differencesOf(one, one)).toEqual([])
  expect(differencesOf(one, later)).toEqual([])
})

describe('what is told of two runs', () => {
  const trace = podToInternetTrace()
  const path = trace.observed
  if (!path) throw new Error('it was observed')
  const rows: readonly {
    readonly because: string
    readonly after: RunResult
    readonly parts: readonly string[]
  }[] = [
    {
      because: 'the verdict of the whole run',
      after: { ...one, verdict: 'unknown' },
      parts: ['verdict'],
    },
    {
      because: 'a way that ends early, and its verdict',
      after: {
        ...one,
        traces: [
          {
            ...trace,
            observed: {
              ...path,
              verdict: 'dropped',
              forward: path.forward.slice(0, 2),
              stoppedAt: `node/${node1}`,
            },
          },
        ],
      },
      parts: ['verdict', 'way'],
    },
    {
      because: 'a rewriting that is gone',
      after: { ...one, traces: [{ ...trace, translations: trace.translations.slice(0, 1) }] },
      parts: ['translation'],
    },
    {
      because: 'a finding that is new',
      after: {
        ...one,
        findings: [
          { code: 'X', severity: 'error', at: 'internet', by: null, message: '', remedy: '', evidence: [] },
        ],
      },
      parts: ['finding'],
    },
    {
      because: 'a flow that only one of them has',
      after: tutorialRun([], []),
      parts: ['flow', 'flow', 'flow'],
    },
  ]
  test.each(rows)('$because', ({ after, parts }) => {
    expect(differencesOf(one, after).map(({ part }) => part)).toEqual(parts)
  })
})
