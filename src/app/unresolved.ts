/** A probe that was not sent: the name of its receiver did not resolve. */
import type { LookedUp } from '../cluster/probe/look-up.ts'
import { formatIp } from '../model/address/address.ts'
import type { Probed } from '../model/result/probed.ts'
import type { ProbeProtocol } from '../model/result/result.ts'

/** @param began milliseconds since the epoch */
export const unresolved = (
  protocol: ProbeProtocol,
  { server, error }: Extract<LookedUp, { readonly kind: 'no-answer' }>,
  began: number,
): Probed => ({
  outcome: {
    protocol,
    sent: 0,
    received: 0,
    rttMs: [],
    ...(error === '' ? {} : { error }),
    unresolved: { server: server === null ? null : formatIp(server) },
  },
  destination: null,
  sourcePorts: [],
  marks: {},
  began,
  ended: Date.now(),
})
