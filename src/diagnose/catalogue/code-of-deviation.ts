/** What a line that is not as intended is called when it is a cause. */
import type { Deviation } from '../../model/diagnosis/deviation.ts'
import type { CauseCode } from '../../model/diagnosis/diagnosis.ts'

type RuleCode<Rule extends string> = `${Rule}_MISSING` | `${Rule}_WRONG` | `${Rule}_STALE`

const rules: {
  readonly [Kind in Deviation['kind']]: <Rule extends string>(rule: Rule) => RuleCode<Rule>
} = {
  missing: (rule) => `${rule}_MISSING`,
  different: (rule) => `${rule}_WRONG`,
  foreign: (rule) => `${rule}_STALE`,
}

export function codeOfDeviation({ what, kind }: Deviation): CauseCode {
  switch (what) {
    case 'pod-route':
      return kind === 'different' ? 'POD_ROUTE_WRONG' : 'POD_ROUTE_MISSING'
    case 'pod-rule':
      return rules[kind]('POD_RULE')
    case 'source-rule':
      return rules[kind]('SOURCE_RULE')
    case 'eni-route':
      return kind === 'different' ? 'ENI_ROUTE_WRONG' : 'ENI_ROUTE_MISSING'
    case 'eni-rule':
      return kind === 'different' ? 'ENI_RULE_WRONG' : 'ENI_RULE_MISSING'
    case 'mark-rule':
      return kind === 'different' ? 'MARK_RULE_WRONG' : 'MARK_RULE_MISSING'
    case 'service-cidr-rule':
      return 'SERVICE_CIDR_RULE_MISSING'
    case 'router-neighbour':
      return 'ROUTER_NEIGHBOUR_WRONG'
    case 'pod-address':
      return 'POD_ADDRESS_ON_NODE'
    case 'default-route':
      return kind === 'different' ? 'DEFAULT_ROUTE_WRONG' : 'DEFAULT_ROUTE_MISSING'
    case 'gateway-route':
      return 'GATEWAY_ROUTE_MISSING'
    case 'gateway-neighbour':
      return 'GATEWAY_NEIGHBOUR_WRONG'
    case 'route':
      return 'ROUTE_FOREIGN'
    case 'rule':
      return kind === 'missing' ? 'KERNEL_RULE_MISSING' : 'RULE_FOREIGN'
    case 'link':
      return 'LINK_DOWN'
    case 'forwarding':
      return 'IP_FORWARD_OFF'
    case 'rp-filter':
      return 'RP_FILTER_STRICT'
    case 'snat':
      return kind === 'missing' ? 'SNAT_MISSING' : 'SNAT_WRONG'
    case 'connection-mark':
      return 'CONNECTION_MARK_WRONG'
    case 'kube-proxy':
      return kind === 'missing' ? 'KUBE_PROXY_RULE_MISSING' : 'KUBE_PROXY_RULE_WRONG'
    case 'policy':
      return 'CHAIN_POLICY_DROP'
    case 'iptables':
      return kind === 'missing' ? 'FILTER_RULE_DROPS' : 'IPTABLES_RULE_FOREIGN'
    case 'nft':
      return 'NFT_TABLE_FOREIGN'
  }
}
