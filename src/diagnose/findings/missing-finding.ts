import { reasonSentence, type Catalogue } from '../../i18n/catalogue.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import { stackName } from '../../model/stack/stack-id.ts'
import { makeFinding } from './finding.ts'
import type { Missing } from '../missing/missing-line.ts'

/** A line that is not there, as a finding; `evidence` tells where the packet ended because of it. */
export function missingFinding(
  words: Catalogue,
  missing: Missing,
  ends: { readonly from: string; readonly to: string },
  evidence: readonly Evidence[],
): Finding {
  const at = stackName(missing.at)
  switch (missing.kind) {
    case 'pod-route': {
      const { pod, address, device, rule, taken } = missing
      const facts = { ...ends, at, pod: stackName(pod), address, device, rule, taken }
      const by = rule ?? taken
      return makeFinding(words, 'POD_ROUTE_MISSING', facts, { at: missing.at, by, evidence })
    }
    case 'pod-link-down': {
      const { pod, device, line } = missing
      const facts = { ...ends, at, pod: stackName(pod), device }
      return makeFinding(words, 'POD_LINK_DOWN', facts, { at: missing.at, by: line, evidence })
    }
    case 'default-route': {
      const facts = { ...ends, at, destination: missing.destination }
      return makeFinding(words, 'DEFAULT_ROUTE_MISSING', facts, { at: missing.at, by: null, evidence })
    }
    case 'snat': {
      const { address, why, line, route } = missing
      const facts = { ...ends, at, address, because: reasonSentence(words, why), route }
      return makeFinding(words, 'SNAT_MISSING', facts, { at: missing.at, by: line, evidence })
    }
    case 'source-rule': {
      const { address, eni, device, expected } = missing
      const facts = { ...ends, at, address, eni, device, expected }
      return makeFinding(words, 'SOURCE_RULE_MISSING', facts, { at: missing.at, by: null, evidence })
    }
    case 'source-rule-stale': {
      const { address, eni, device, line } = missing
      const facts = { ...ends, at, address, eni, device, line }
      return makeFinding(words, 'SOURCE_RULE_STALE', facts, { at: missing.at, by: line, evidence })
    }
    case 'mark-rule': {
      const { address, eni, device, expected } = missing
      const facts = { ...ends, at, address, eni, device, expected }
      return makeFinding(words, 'MARK_RULE_MISSING', facts, { at: missing.at, by: null, evidence })
    }
    case 'service-port': {
      const { service, address, asked, ports } = missing
      const facts = { ...ends, service, address, asked, ports }
      return makeFinding(words, 'SERVICE_PORT_MISSING', facts, { at: missing.at, by: null, evidence })
    }
  }
}
