import type { TraceLine } from '../model/kernel/trace-line.ts'
import { expect, test } from 'vitest'
import { beginMark, endMark, tiedDrops, type TiedDrop } from './kernel-drops.ts'

const probes = [1, 2, 3, 4, 5, 6]
const drop = (time: number, name: string | null, reason: string | null = 'NETFILTER_DROP'): TraceLine => ({
  kind: 'drop',
  time,
  function: name,
  reason,
})
const frame = (name: string): TraceLine => ({ kind: 'frame', function: name })
/** A probe each second, each of which has a tenth of it; what comes within that, and what between two. */
const trace = (
  within: (probe: number) => readonly TraceLine[],
  between: (probe: number) => readonly TraceLine[] = () => [],
  sent: readonly number[] = probes,
): readonly TraceLine[] =>
  sent.flatMap((probe) => [
    { kind: 'mark' as const, time: probe, text: beginMark(probe) },
    ...within(probe),
    { kind: 'mark' as const, time: probe + 0.1, text: endMark(probe) },
    ...between(probe),
  ])
const ours: TiedDrop = { function: 'nft_do_chain', reason: 'NETFILTER_DROP', probes: 6, otherwise: 0 }
const own = (probe: number): readonly TraceLine[] => [drop(probe + 0.01, 'nft_do_chain')]

const cases: readonly {
  readonly because: string
  readonly lines: readonly TraceLine[]
  readonly tied: readonly TiedDrop[]
}[] = [
  {
    because: 'what comes with every probe and never without one is the probes’',
    lines: trace(own),
    tied: [ours],
  },
  {
    because:
      'that it came once at another time takes nothing away: six times in six tenths of a second is no chance',
    lines: trace(own, (probe) => (probe === 3 ? [drop(3.5, 'nft_do_chain')] : [])),
    tied: [{ ...ours, otherwise: 1 }],
  },
  {
    because: 'what comes all the time comes with every probe too',
    lines: trace(own, (probe) =>
      Array.from({ length: 20 }, (_, i) => drop(probe + 0.2 + i * 0.03, 'nft_do_chain')),
    ),
    tied: [],
  },
  {
    because: 'what one probe did not meet is not what they die of',
    lines: trace((probe) => (probe === 4 ? [] : own(probe))),
    tied: [],
  },
  {
    because: 'the same function with another reason is another drop',
    lines: trace(own, (probe) => [drop(probe + 0.5, 'nft_do_chain', 'NOT_SPECIFIED')]),
    tied: [ours],
  },
  {
    because: 'one probe ties nothing: anything may have happened then',
    lines: trace(own, undefined, [1]),
    tied: [],
  },
  {
    because: 'lost events may be those that would say otherwise',
    lines: [...trace(own), { kind: 'lost' }],
    tied: [],
  },
  {
    because: 'a kernel that prints a hashed address is understood by the stack behind it',
    lines: trace((probe) => [
      drop(probe + 0.01, null, null),
      ...['trace_event_raw_event_kfree_skb', 'kfree_skb', 'nf_hook_slow', 'ip_forward'].map(frame),
    ]),
    tied: [{ function: 'nf_hook_slow', reason: null, probes: 6, otherwise: 0 }],
  },
  {
    because: 'a drop without a name ties nothing',
    lines: trace((probe) => [drop(probe + 0.01, null, null)]),
    tied: [],
  },
  { because: 'nothing was heard', lines: [], tied: [] },
]

test.each(cases)('$because', ({ lines, tied }) => {
  expect(tiedDrops(lines)).toEqual(tied)
})
