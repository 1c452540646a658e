/** What AWS Reachability Analyzer calls the same thing (its user guide, "Explanation codes"); null: it knows no such thing. */
import type { CauseCode } from '../../model/diagnosis/diagnosis.ts'

const codes: { readonly [Code in CauseCode]?: string } = {
  SECURITY_GROUP_CLOSED: 'ENI_SG_RULES_MISMATCH',
  NETWORK_ACL_DENIES: 'SUBNET_ACL_RESTRICTION',
  VPC_ROUTE_MISSING: 'NO_ROUTE_TO_DESTINATION',
  VPC_ROUTE_BLACKHOLE: 'BAD_STATE_ROUTE',
  SOURCE_DEST_CHECK: 'ENI_SOURCE_DEST_CHECK_RESTRICTION',
  ADDRESS_OF_NOBODY: 'UNKNOWN_DESTINATION',
}

export const reachabilityCode = (code: CauseCode): string | null => codes[code] ?? null
