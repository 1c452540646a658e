import { expect, test } from 'vitest'
import { catalogue } from '../i18n/catalogues.ts'
import type { RunResult, TraceResult } from '../model/result/result.ts'
import { tutorialRun } from './tutorial-run.contract.ts'
import { verdictMeaning } from './summary.ts'

const words = catalogue('en').report
const run = tutorialRun([], [])
const withTraces = (change: (trace: TraceResult) => TraceResult): RunResult => ({
  ...run,
  verdict: 'delivered',
  traces: run.traces.map(change),
})

test.each([
  { because: 'seen as predicted', agrees: true, says: 'every packet arrived and took the path it should' },
  {
    because: 'nobody knows which path it should take where the tables do not decide it',
    agrees: null,
    says: 'every packet arrived; which path it should take was not decided',
  },
])('what a verdict means: $because', ({ agrees, says }) => {
  expect(
    verdictMeaning(
      withTraces((trace) => ({ ...trace, agrees })),
      words,
    ),
  ).toBe(says)
})
