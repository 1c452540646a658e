/** A host name, asked for from where a packet to it would start: the resolver there decides. */
import { parseIp, type Ip } from '../../model/address/address.ts'
import type { Agent } from '../agent/agent.ts'
import type { WantedPod } from '../collect/snapshot-script.ts'
import { sendProbe } from './probe.ts'

export type LookedUp =
  | { readonly kind: 'found'; readonly address: string }
  /** The resolver says that there is no such name. */
  | { readonly kind: 'no-such-name' }
  /** It said something else, that decides nothing: no address of IPv4, or a failure of its own. */
  | { readonly kind: 'open'; readonly said: string }
  /** Nobody answered. `server`: who was asked; null: that is not known. */
  | { readonly kind: 'no-answer'; readonly server: Ip | null; readonly error: string }

/** Milliseconds: a resolver that is there answers within some of them. */
const patience = 2_000

/** Rejects as `sendProbe` does. */
export async function lookUpName(
  agent: Agent,
  pod: WantedPod | null,
  name: string,
  signal?: AbortSignal,
): Promise<LookedUp> {
  const { outcome, destination } = await sendProbe(
    agent,
    pod,
    { protocol: 'dns', target: null, name, count: 1, timeoutMs: patience },
    signal,
  )
  const { received, answer = '', error = '' } = outcome
  const address = /\bA\s+(\d+\.\d+\.\d+\.\d+)/.exec(answer)?.[1]
  if (address !== undefined) return { kind: 'found', address }
  if (received === 0) return { kind: 'no-answer', server: parseIp(destination ?? '') ?? null, error }
  return error === 'NXDOMAIN'
    ? { kind: 'no-such-name' }
    : { kind: 'open', said: error === '' ? 'no address' : error }
}
