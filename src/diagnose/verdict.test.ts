import { describe, expect, test } from 'vitest'
import { catalogue } from '../i18n/catalogues.ts'
import type { Path } from '../model/path/path.ts'
import type { Check, Experiment, TraceResult } from '../model/result/result.ts'
import { pod1, pod3, podToPodTrace } from '../report/tutorial-run.contract.ts'
import { makeFinding } from './findings/finding.ts'
import { overallVerdict } from './verdict.ts'
import { exitStatusOf } from '../model/result/exit-status.ts'

const good = podToPodTrace(pod1, pod3)
const path = good.observed!
const observed = (change: Partial<Path>): TraceResult => ({ ...good, observed: { ...path, ...change } })
const predicted = (change: Partial<Path>): TraceResult => ({
  ...good,
  probe: null,
  observed: null,
  agrees: null,
  predicted: { ...path, ...change },
})
const experiment = (state: Check['state']): Experiment => ({
  id: 'pod-to-pod',
  title: '',
  traces: [0],
  checks: [{ id: 'pod-to-pod.1', statement: '', state, reason: '', at: null, evidence: [] }],
})
const words = catalogue('en')
const place = { at: 'node/a', by: null, evidence: [] }
const warning = makeFinding(words, 'CAPTURE_DROPPED', { at: 'node/a', dropped: 3 }, place)
const error = makeFinding(words, 'NAT_COUNT', { from: 'a', to: 'b', expected: 2, seen: 1 }, place)

describe('one word and one exit status for a run', () => {
  test.each([
    { because: 'everything arrived as predicted', traces: [good], verdict: 'delivered', exit: 0 },
    {
      because: 'only a warning speaks against it',
      traces: [good],
      findings: [warning],
      verdict: 'delivered',
      exit: 0,
    },
    {
      because: 'a statement is undecided, the packets arrived',
      traces: [good],
      experiments: [experiment('unknown')],
      verdict: 'delivered',
      exit: 0,
    },
    {
      because: 'a packet was dropped',
      traces: [good, observed({ verdict: 'dropped' })],
      verdict: 'dropped',
      exit: 1,
    },
    {
      because: 'the tables do not decide it, and what led it there is a finding',
      traces: [predicted({ verdict: 'unknown' })],
      findings: [error],
      verdict: 'unknown',
      exit: 1,
    },
    {
      because: 'its sender was told that nobody listens: no packet was lost',
      traces: [{ ...good, probe: { ...good.probe!, received: 0, error: 'Connection refused' } }],
      verdict: 'refused',
      exit: 1,
    },
    {
      because: 'one is refused and another lost',
      traces: [
        { ...good, probe: { ...good.probe!, received: 0, error: 'Connection refused' } },
        observed({ verdict: 'dropped' }),
      ],
      verdict: 'dropped',
      exit: 1,
    },
    {
      because: 'a reply was dropped',
      traces: [observed({ replyVerdict: 'dropped' })],
      verdict: 'dropped',
      exit: 1,
    },
    {
      because: 'one of two probes was not answered',
      traces: [{ ...good, probe: { ...good.probe!, received: 1 } }],
      verdict: 'dropped',
      exit: 1,
    },
    {
      because: 'it was dropped as predicted: agreeing is not arriving',
      traces: [{ ...observed({ verdict: 'dropped' }), agrees: true }],
      verdict: 'dropped',
      exit: 1,
    },
    {
      because: 'the way was not the predicted one',
      traces: [{ ...good, agrees: false }],
      verdict: 'disagrees',
      exit: 1,
    },
    {
      because: 'a statement does not hold',
      traces: [good],
      experiments: [experiment('failed')],
      verdict: 'disagrees',
      exit: 1,
    },
    { because: 'a finding is an error', traces: [good], findings: [error], verdict: 'disagrees', exit: 1 },
    {
      because: 'loss outweighs disagreement',
      traces: [{ ...good, agrees: false }, observed({ verdict: 'dropped' })],
      verdict: 'dropped',
      exit: 1,
    },
    {
      because: 'nobody knows whether it arrived',
      traces: [observed({ verdict: 'unknown' })],
      verdict: 'unknown',
      exit: 1,
    },
    {
      because: 'nothing was sent, and the prediction stops half way',
      traces: [{ ...good, probe: null, observed: null, predicted: { ...path, verdict: 'unknown' as const } }],
      verdict: 'unknown',
      exit: 1,
    },
    {
      because: 'nothing was sent, and the prediction arrives',
      traces: [{ ...good, probe: null, observed: null }],
      verdict: 'delivered',
      exit: 0,
    },
    { because: 'there is nothing to judge', traces: [], verdict: 'unknown', exit: 1 },
  ])('$verdict: $because', ({ traces, experiments = [], findings = [], verdict, exit }) => {
    const said = overallVerdict(traces, experiments, findings)
    expect([said, exitStatusOf({ verdict: said, findings })]).toEqual([verdict, exit])
  })
})
