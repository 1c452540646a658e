import { describe, expect, test } from 'vitest'
import type { RunResult } from '../model/result/result.ts'
import { playOf } from './play.ts'
import { figureOfTrace } from './svg/figure.ts'
import { node1, pod1, podToInternetTrace, tutorialRun } from './tutorial-run.contract.ts'

const run = tutorialRun([], [])

function play(result: RunResult, index: number) {
  const figure = figureOfTrace(result, index)
  if (!figure) throw new Error('the run has that flow')
  return playOf(figure)
}

describe('the packet to the internet, as a play', () => {
  const steps = play(run, 3)

  test('goes by every place there, then by the same places back', () => {
    expect(steps.map(({ direction, station }) => `${direction} ${station}`)).toEqual([
      ...[0, 1, 2, 3, 4].map((station) => `request ${station}`),
      ...[4, 3, 2, 1, 0].map((station) => `reply ${station}`),
    ])
  })

  test('comes to each place by the leg before it, and back by the same leg', () => {
    expect(steps.map(({ leg }) => leg)).toEqual([null, 0, 1, 2, 3, null, 3, 2, 1, 0])
  })

  test('says where an address is rewritten, there and back', () => {
    expect(steps.flatMap(({ stack, rewrites }) => rewrites.map((one) => [stack, one]))).toEqual([
      [`node/${node1}`, { field: 'src', from: '192.168.1.239', to: '192.168.1.138' }],
      ['igw/igw-0a9b8c7d6e5f40312', { field: 'src', from: '192.168.1.138', to: '203.0.113.38' }],
      ['igw/igw-0a9b8c7d6e5f40312', { field: 'dst', from: '203.0.113.38', to: '192.168.1.138' }],
      [`node/${node1}`, { field: 'dst', from: '192.168.1.138', to: '192.168.1.239' }],
    ])
  })

  test('tells what was captured from what follows, and how long it took where somebody saw it', () => {
    expect(steps.slice(0, 5).map(({ known, elapsed }) => [known, elapsed])).toEqual([
      ['captured', 0],
      ['captured', 4_000],
      ['inferred', null],
      ['inferred', null],
      ['inferred', null],
    ])
  })
})

test('a packet that was lost is a play as far as it came, and its last place is guilty', () => {
  const trace = podToInternetTrace()
  const path = trace.observed
  if (!path) throw new Error('it was observed')
  const lost = { ...path, verdict: 'dropped', replyVerdict: null, stoppedAt: `node/${node1}` } as const
  const cut = { ...lost, forward: path.forward.slice(0, 2), reply: [] }
  const steps = play({ ...run, experiments: [], traces: [{ ...trace, observed: cut, predicted: cut }] }, 0)
  expect(steps.map(({ stack, guilty }) => [stack, guilty !== null])).toEqual([
    [`pod/${pod1.name}`, false],
    [`node/${node1}`, true],
  ])
})

test('a flow of which nothing is known has no steps', () => {
  const trace = { ...podToInternetTrace(), observed: null, predicted: null }
  expect(play({ ...run, experiments: [], traces: [trace] }, 0)).toEqual([])
})
