import { describe, expect, test } from 'vitest'
import { faultCodes, type FaultCode } from '../../model/lab/fault.ts'
import { chooseFaults, roomOf, scoreOf, type Exercise } from './exercise.ts'

const first = (): number => 0

describe('an exercise', () => {
  test.each<{
    level: 1 | 2 | 3
    possible: readonly FaultCode[]
    chosen: readonly FaultCode[] | null
    because: string
  }>([
    {
      level: 1,
      possible: ['stale-dnat', 'forward-rule'],
      chosen: ['forward-rule'],
      because: 'it drops where it stands',
    },
    { level: 2, possible: ['forward-rule', 'stale-dnat'], chosen: ['stale-dnat'], because: 'it misdirects' },
    {
      level: 3,
      possible: ['forward-rule', 'blackhole-route'],
      chosen: ['forward-rule', 'blackhole-route'],
      because: 'they are two of different rooms',
    },
    {
      level: 3,
      possible: ['forward-rule', 'stale-dnat'],
      chosen: null,
      because: 'two of one room may be in each other’s way',
    },
    {
      level: 3,
      possible: ['forward-rule', 'external-snat'],
      chosen: null,
      because: 'aws-node would mend another fault as it starts',
    },
    { level: 1, possible: ['stale-dnat'], chosen: null, because: 'none of that level is possible' },
  ])('of level $level out of $possible is $chosen: $because', ({ level, possible, chosen }) => {
    expect(chooseFaults(level, possible, first)).toEqual(chosen)
  })

  test('every fault can be met in one', () => {
    const met = new Set<FaultCode>()
    for (const code of faultCodes)
      for (const level of [1, 2] as const)
        for (const one of chooseFaults(level, [code], first) ?? []) met.add(one)
    expect(met.size).toBe(faultCodes.length)
  })

  test('a fault is of the room in which it is listed', () => {
    expect(roomOf('stale-dnat')).toBe('node-netfilter')
    expect(roomOf('external-snat')).toBe('settings')
  })
})

describe('its score', () => {
  const since = '2026-01-01T00:00:00.000Z'
  const exercise: Exercise = { level: 1, since, hints: 0, questions: 0 }
  const after = (minutes: number): number => Date.parse(since) + minutes * 60_000
  test.each<{
    of: Partial<Exercise>
    causes: readonly FaultCode[]
    answer: readonly FaultCode[]
    minutes: number
    points: number
    because: string
  }>([
    {
      of: {},
      causes: ['forward-rule'],
      answer: ['forward-rule'],
      minutes: 5,
      points: 100,
      because: 'named at once',
    },
    {
      of: { hints: 2 },
      causes: ['forward-rule'],
      answer: ['forward-rule'],
      minutes: 0,
      points: 80,
      because: 'ten for a hint',
    },
    {
      of: { questions: 8 },
      causes: ['forward-rule'],
      answer: ['forward-rule'],
      minutes: 0,
      points: 97,
      because: 'five questions are free',
    },
    {
      of: {},
      causes: ['forward-rule'],
      answer: ['forward-rule'],
      minutes: 9,
      points: 96,
      because: 'five minutes are free',
    },
    {
      of: {},
      causes: ['forward-rule', 'stale-dnat'],
      answer: ['stale-dnat'],
      minutes: 0,
      points: 50,
      because: 'one of two',
    },
    {
      of: {},
      causes: ['forward-rule'],
      answer: ['forward-rule', 'stale-dnat'],
      minutes: 0,
      points: 90,
      because: 'one name too many',
    },
    {
      of: {},
      causes: ['forward-rule'],
      answer: ['stale-dnat'],
      minutes: 0,
      points: 0,
      because: 'not below nothing',
    },
  ])('$because: $points', ({ of, causes, answer, minutes, points }) => {
    expect(scoreOf({ ...exercise, ...of }, causes, answer, after(minutes)).points).toBe(points)
  })
})
