/** What `podpath lab break` can break, each named for what it does. The order is that of the list that people read. */
export const faultCodes = [
  'forward-rule',
  'forward-policy',
  'ip-forward-off',
  'blackhole-route',
  'prohibit-rule',
  'pod-route-missing',
  'pod-default-route-missing',
  'veth-address-changed',
  'snat-missing',
  'snat-exclusion-missing',
  'rp-filter-strict',
  'mark-rule-missing',
  'source-rule-missing',
  'source-rule-stale',
  'security-group-closed',
  'network-acl-deny',
  'internet-route-missing',
] as const
export type FaultCode = (typeof faultCodes)[number]
