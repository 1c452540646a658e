import { describe, expect, test } from 'vitest'
import { atOnce } from '../../edge/breath.ts'
import { oneByOne, pairTable, passes, type PairQuestion } from './pair-table.ts'
import { twins } from './twins.ts'

const everybody = (ends: number): readonly boolean[] => Array.from({ length: ends }, () => true)

const question = (over: Partial<PairQuestion> & Pick<PairQuestion, 'classes' | 'ask'>): PairQuestion => ({
  sends: everybody(over.classes.ways.length),
  receives: everybody(over.classes.ways.length),
  open: (sender, receiver) => ({ passing: over.ask(sender, receiver), stopFor: () => passes, key: '' }),
  alike: (one, other) => one === other,
  seed: 1,
  ...over,
})

const tableOf = (asked: PairQuestion) => atOnce(pairTable(asked, () => undefined))

describe('pairs by classes', () => {
  test('of each two ways one pair is predicted, and one more that checks it', () => {
    const table = tableOf(
      question({
        classes: { ways: Int32Array.from([0, 0, 0, 1, 1, 1]), labels: new Int32Array(6) },
        ask: (from, to) => (from < 3 && to >= 3 ? 1 : 0),
      }),
    )
    expect([...table.answers]).toEqual([0, 1, 0, 0])
    expect(table.predicted).toBe(table.sampled + 4)
  })

  test('pairs of the same ways whose labels differ are stopped by policies as these say', () => {
    const labels = Int32Array.from([0, 1, 0, 1])
    const stopped = (from: number, to: number): boolean => labels[from] === 0 && labels[to] === 1
    const table = tableOf(
      question({
        classes: { ways: new Int32Array(4), labels },
        ask: (from, to) => (stopped(from, to) ? 7 : 0),
        open: () => ({ passing: 0, stopFor: (from, to) => (stopped(from, to) ? 7 : passes), key: 'a' }),
      }),
    )
    expect([...table.answers]).toEqual([0, 7, 0, 0])
    expect(table.disagreed).toBe(0)
  })

  test('where classes are too coarse, samples find it, and every pair of the two is asked', () => {
    const table = tableOf(
      question({
        classes: { ways: new Int32Array(40), labels: new Int32Array(40) },
        ask: (from, to) => from * 40 + to,
      }),
    )
    expect([...table.answers]).toEqual([oneByOne])
    expect(table.disagreed).toBe(1)
    expect(table.exceptions.size).toBe(40 * 39)
    for (const [at, answer] of table.exceptions) expect(answer).toBe(at)
  })
})

describe('classes that fare alike with everybody are one', () => {
  test.each([
    {
      because: 'all reach each other, and nobody themselves',
      rows: [
        [-1, 0, 0],
        [0, -1, 0],
        [0, 0, -1],
      ],
      want: [0, 0, 0],
    },
    {
      because: 'the third hears nobody',
      rows: [
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 0],
      ],
      want: [0, 0, 1],
    },
    {
      because: 'two of them do not reach each other',
      rows: [
        [-1, 1, 0],
        [1, -1, 0],
        [0, 0, 0],
      ],
      want: [0, 0, 1],
    },
    {
      because: 'a class that is at odds with itself is no twin',
      rows: [
        [1, 0],
        [0, 0],
      ],
      want: [0, 1],
    },
  ])('$because', ({ rows, want }) => {
    expect([...twins(Int32Array.from(rows.flat()), rows.length)]).toEqual(want)
  })
})
