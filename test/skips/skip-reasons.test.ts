import { describe, expect, test } from 'vitest'
import { skipLines, type Skipped } from './skip-reasons.ts'

const skipped = (more: Partial<Skipped> = {}): Skipped => ({
  note: undefined,
  afterFailure: false,
  file: 'test/a.test.ts',
  ...more,
})

describe('why tests were skipped', () => {
  test.each<{ skips: readonly Skipped[]; lines: readonly string[]; because: string }>([
    { skips: [], lines: [], because: 'every test ran' },
    {
      skips: [skipped({ note: 'no IPVS' }), skipped({ note: 'no tunnels' }), skipped({ note: 'no IPVS' })],
      lines: ['2 skipped: no IPVS', '1 skipped: no tunnels'],
      because: 'one reason is told once, with how many it kept from running',
    },
    {
      skips: [skipped({ afterFailure: true }), skipped({ afterFailure: true })],
      lines: ['2 skipped: what test/a.test.ts sets up failed'],
      because: 'they were not left out: what they need is broken, and the failure stands above',
    },
    {
      skips: [skipped({ file: 'test/b.test.ts' })],
      lines: ['1 skipped: test/b.test.ts gives no reason'],
      because: 'a skip without a reason is told as one',
    },
    {
      skips: [skipped({ note: 'no IPVS', afterFailure: true })],
      lines: ['1 skipped: no IPVS'],
      because: 'the test’s own reason counts',
    },
  ])('$lines: $because', ({ skips, lines }) => {
    expect(skipLines(skips)).toEqual(lines)
  })
})
