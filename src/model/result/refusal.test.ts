import { describe, expect, test } from 'vitest'
import type { Path } from '../path/path.ts'
import { isRefused } from './refusal.ts'
import type { ProbeOutcome } from './result.ts'

const path = (verdict: Path['verdict'], effect: string | null = null): Path => ({
  verdict,
  replyVerdict: verdict === 'delivered' ? 'delivered' : null,
  stoppedAt: verdict === 'dropped' ? 'node/a' : null,
  forward: [
    {
      stack: 'node/a',
      in: 'eni1',
      out: null,
      packetIn: null,
      packetOut: null,
      decisions: effect === null ? [] : [{ stage: 'filter', by: '-A FORWARD -j REJECT', effect }],
    },
  ],
  reply: [],
})
const probe = (error: string | undefined, received = 0, sent = 1): ProbeOutcome => ({
  protocol: 'tcp',
  sent,
  received,
  rttMs: [],
  ...(error === undefined ? {} : { error }),
})
const reject = path('dropped', 'rejected: the sender gets icmp-port-unreachable')

describe('refused, and not lost', () => {
  test.each([
    { predicted: reject, observed: null, sent: null, is: true, because: 'the tables alone say REJECT' },
    {
      predicted: path('dropped', 'dropped, and its sender is not told'),
      observed: null,
      sent: null,
      is: false,
      because: 'DROP tells nobody',
    },
    {
      predicted: path('delivered'),
      observed: path('delivered'),
      sent: probe('Connection refused'),
      is: true,
      because: 'a reset came back',
    },
    {
      predicted: null,
      observed: null,
      sent: probe('Connection refused'),
      is: true,
      because: 'the sender heard it, whoever looked',
    },
    {
      predicted: path('delivered'),
      observed: path('delivered'),
      sent: probe('timed out'),
      is: false,
      because: 'nobody said anything',
    },
    {
      predicted: path('delivered'),
      observed: path('delivered'),
      sent: probe("Failed to connect to 192.0.2.1 port 81 after 0 ms: Couldn't connect to server"),
      is: true,
      because: 'curl says no more, and the answer was seen',
    },
    {
      predicted: path('dropped'),
      observed: path('dropped'),
      sent: probe("Couldn't connect to server"),
      is: false,
      because: 'no answer was seen: the sender may have had no route',
    },
    {
      predicted: reject,
      observed: path('dropped'),
      sent: probe('Destination Port Unreachable (from 192.168.1.138)'),
      is: true,
      because: 'ping heard of the REJECT',
    },
    {
      predicted: path('dropped'),
      observed: path('dropped'),
      sent: probe('No route to host'),
      is: false,
      because: 'no rule rejects: there is no route',
    },
    {
      predicted: path('delivered'),
      observed: path('delivered'),
      sent: probe('Connection refused', 1, 2),
      is: false,
      because: 'one of two was answered: that is something else',
    },
    {
      predicted: path('delivered'),
      observed: path('delivered'),
      sent: probe('Connection refused', 0, 0),
      is: false,
      because: 'nothing was sent',
    },
  ])('$because: $is', ({ predicted, observed, sent, is }) => {
    expect(isRefused({ predicted, observed, probe: sent, agrees: null })).toBe(is)
  })
})
