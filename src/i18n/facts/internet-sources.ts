import type { StatementFacts } from './statement-facts.ts'

/** Every source that a packet to the internet shall have, in order; `unknown` names those that nobody told. */
export const internetSources = (
  { podAddress, nodeAddress, publicAddress, natGateway, externalSnat }: StatementFacts['pod-to-internet.6'],
  unknown: { readonly node: string; readonly publicAddress: string },
): readonly string[] => [
  podAddress,
  ...(externalSnat ? [] : [nodeAddress ?? unknown.node]),
  ...(natGateway === null ? [] : [natGateway]),
  publicAddress ?? unknown.publicAddress,
]
