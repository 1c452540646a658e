import type { Catalogue } from '../../i18n/catalogue.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import type { PacketView } from '../../model/path/path.ts'
import { isReject, isRefused } from '../../model/result/refusal.ts'
import type { TraceResult } from '../../model/result/result.ts'
import { stackKind, stackName } from '../../model/stack/stack-id.ts'
import type { Foretold } from '../diagnose-compared.ts'
import { makeFinding } from './finding.ts'

/**
 * Who turned the flow away: the rule that the prediction names, or the machine whose answer was seen. Null: nobody did.
 * @param foretold where the prediction that agrees with what was seen ends; null: it delivers
 */
export function refusedFinding(
  trace: TraceResult,
  foretold: Pick<Foretold, 'decision' | 'at'> | null,
  words: Catalogue,
  evidence: readonly Evidence[] = [],
): Finding | null {
  if (!isRefused(trace)) return null
  const ends = { from: trace.from.name, to: trace.to.name }
  if (foretold !== null && isReject(foretold.decision)) {
    const { decision, at } = foretold
    const line: Evidence = { kind: 'line', at, source: decision.stage, line: decision.by }
    const facts = {
      ...ends,
      at: stackName(at),
      asked: askedOf(trace),
      // In the words of kube-proxy (pkg/proxy/iptables/proxier.go) for a Service port without ready endpoints.
      by: /has no endpoints/.test(decision.by) ? ('no-endpoints' as const) : ('rule' as const),
      because: effectSentence(words.language, decision.effect),
    }
    return makeFinding(words, 'CONNECTION_REFUSED', facts, {
      at,
      by: decision.by,
      evidence: [line, ...evidence],
    })
  }
  const answered = trace.observed?.reply[0]?.stack ?? trace.observed?.forward.at(-1)?.stack ?? null
  // Nobody saw who answered: it is the one that it was sent to.
  const at = answered ?? trace.predicted?.forward.at(-1)?.stack ?? trace.from.name
  const isHandedOn =
    stackKind(at) === 'pod' && trace.translations.some((one) => one.at === at && one.kind === 'DNAT')
  return makeFinding(
    words,
    'CONNECTION_REFUSED',
    {
      ...ends,
      at: stackName(at),
      asked: askedOf(trace),
      by: isHandedOn ? 'proxy' : 'nobody-listens',
      because: null,
    },
    { at, by: null, evidence },
  )
}

/** `TCP 81`, of the packet as it was sent; `TCP` where nobody saw it. */
function askedOf({ observed, predicted, probe }: TraceResult): string {
  const sent: PacketView | null | undefined = (observed ?? predicted)?.forward[0]?.packetOut
  const protocol = (sent?.protocol ?? probe?.protocol ?? '').toUpperCase()
  return sent?.destinationPort === undefined ? protocol : `${protocol} ${sent.destinationPort}`
}
